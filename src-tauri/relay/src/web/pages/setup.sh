#!/bin/sh
# Sets AI clients up for a Carpool relay:
#
#   curl -fsSL ADDRESS/i/setup.sh | CARPOOL_URL=ADDRESS CARPOOL_KEY=cr_... sh -s -- CLIENT...
#   curl -fsSL ADDRESS/i/setup.sh | sh -s -- --undo CLIENT...
#
# CLIENT is claude-code, codex, gemini-cli, droid, vscode, or all: those that are on this machine. --dry-run tells what
# would be changed. Only our own settings are put into a client's file; everything else in it keeps its bytes, a second
# run changes nothing, and a file that is not understood whole is left alone. What a file was before is kept beside it.
#
# It needs sh, awk and the usual small tools, and downloads nothing. relay-core's `client_setup` does the same on the
# owner's machine, and a test compares the two byte for byte: a change here is a change there.

main() {
    set -u
    LC_ALL=C
    export LC_ALL
    umask 077
    mode=set clients=
    [ "${CARPOOL_UNDO:-}" != 1 ] || mode=undo
    for word in "$@"; do
        case $word in
            --undo) mode=undo ;;
            --dry-run) mode=dry ;;
            claude-code | codex | gemini-cli | droid | vscode) clients="$clients $word" ;;
            all) clients="$clients $(installed)" ;;
            *) stop "there is no '$word': name claude-code, codex, gemini-cli, droid, vscode or all" ;;
        esac
    done
    [ -n "${HOME:-}" ] || stop "HOME is not set"
    # Only the names are split here, and they have no white space in them.
    set -- $clients
    [ $# -gt 0 ] || stop "name a client: claude-code, codex, gemini-cli, droid, vscode, or all (none was found here)"
    [ "$mode" = undo ] || check_access

    work=$(mktemp -d "${TMPDIR:-/tmp}/carpool.XXXXXX") || stop "cannot make a temporary folder"
    beside=
    trap 'rm -rf "$work"; [ -z "$beside" ] || rm -f "$beside"' EXIT
    trap 'exit 130' HUP INT TERM
    editor > "$work/edit.awk"
    now=$(date -u +%Y%m%d-%H%M%S)
    stamp=$now
    status=0
    for client in "$@"; do
        if [ "$mode" = undo ]; then undo_client; else set_client; fi || status=1
    done
    exit "$status"
}

say() { printf '%s\n' "$*"; }

complain() { printf 'carpool: %s\n' "$*" >&2; }

stop() {
    complain "$*"
    exit 2
}

# The clients that are on this machine, by their programs or folders.
installed() {
    for known in claude-code:claude:.claude codex:codex:.codex gemini-cli:gemini:.gemini droid:droid:.factory; do
        rest=${known#*:}
        if command -v "${rest%%:*}" > /dev/null 2>&1 || [ -d "$HOME/${rest#*:}" ]; then say "${known%%:*}"; fi
    done
    if command -v code > /dev/null 2>&1 || [ -d "$(programs)/Code/User" ]; then say vscode; fi
}

# Nothing of what comes in may need quoting in a file.
check_access() {
    [ -n "${CARPOOL_URL:-}" ] && [ -n "${CARPOOL_KEY:-}" ] || stop "set CARPOOL_URL and CARPOOL_KEY: copy the whole line from the page"
    while [ "${CARPOOL_URL%/}" != "$CARPOOL_URL" ]; do CARPOOL_URL=${CARPOOL_URL%/}; done
    export CARPOOL_URL CARPOOL_KEY
    case $CARPOOL_URL in
        *[!]A-Za-z0-9._~:/[-]*) stop "CARPOOL_URL is not an address" ;;
        http://[A-Za-z0-9[]* | https://[A-Za-z0-9[]*) ;;
        *) stop "CARPOOL_URL is not an address: it begins with http:// or https://" ;;
    esac
    case $CARPOOL_KEY in
        cr_*[!0-9a-f]*) stop "CARPOOL_KEY is not a key: it is cr_ and 64 digits of 0-9 and a-f" ;;
        cr_*) [ ${#CARPOOL_KEY} -eq 67 ] || stop "CARPOOL_KEY is not a key: it is cr_ and 64 digits, copy all of it" ;;
        *) stop "CARPOOL_KEY is not a key: it begins with cr_" ;;
    esac
}

# Where the system keeps programs' settings.
programs() {
    if [ "$(uname -s)" = Darwin ]; then
        say "$HOME/Library/Application Support"
    else
        say "${XDG_CONFIG_HOME:-$HOME/.config}"
    fi
}

# Calls the command "$@" for each of the client's files: with the path, the language, and what is to stand in it.
#   set|PATH|VALUE          the value at the end of a path of names with / between them
#   yes|PATH                the same with true
#   item|PATH|SAME|SET      the object in an array that has the members SAME gets the members SET, or it is added
#   clash|PATH|ADVICE       a setting that would get in the way
#   root|NAME|VALUE, table|NAME|VALUE, drop|NAME      Codex's TOML; line|NAME|VALUE      variables
each_file() {
    case $client in
        claude-code)
            "$@" "${CLAUDE_CONFIG_DIR:-$HOME/.claude}/settings.json" json 'set|env/ANTHROPIC_BASE_URL|{address}/api
set|env/ANTHROPIC_AUTH_TOKEN|{key}
clash|env/ANTHROPIC_API_KEY|Claude Code sends it beside your key, and a call with two different keys is refused: remove it
clash|apiKeyHelper|Claude Code may ask it for a key and send that beside yours; if calls are refused, remove it'
            ;;
        codex)
            "$@" "${CODEX_HOME:-$HOME/.codex}/config.toml" toml 'root|model_provider|carpool
table|name|Carpool
table|base_url|{address}/openai
table|wire_api|responses
table|experimental_bearer_token|{key}
drop|env_key'
            ;;
        gemini-cli)
            "$@" "${GEMINI_CLI_HOME:-$HOME}/.gemini/.env" env 'line|GOOGLE_GEMINI_BASE_URL|{address}/gemini
line|GEMINI_API_KEY|{key}' &&
                "$@" "${GEMINI_CLI_HOME:-$HOME}/.gemini/settings.json" json 'set|security/auth/selectedType|gemini-api-key'
            ;;
        droid)
            "$@" "$HOME/.factory/config.json" json 'item|custom_models|model=claude-sonnet-4-5;model_display_name=Claude Sonnet 4.5 (Carpool)|base_url={address}/droid/claude;api_key={key};provider=anthropic
item|custom_models|model=gpt-5;model_display_name=GPT-5 (Carpool)|base_url={address}/droid/openai/v1;api_key={key};provider=openai'
            ;;
        vscode)
            "$@" "$(programs)/Code/User/settings.json" json 'item|claudeCode.environmentVariables|name=ANTHROPIC_BASE_URL|value={address}/api
item|claudeCode.environmentVariables|name=ANTHROPIC_AUTH_TOKEN|value={key}
yes|claudeCode.disableLoginPrompt'
            ;;
    esac
}

# Sets one client up: all of its files, or none if one of them is refused.
set_client() {
    say "$client"
    files=0 changed=0
    each_file prepare || return 1
    stamp=$now
    for letter in b c d e f g h; do
        each_file is_stamp_free && break
        stamp=$now$letter
    done
    number=0
    while [ "$number" -lt "$files" ]; do
        number=$((number + 1))
        path=$(cat "$work/$number.path")
        sed -n 's/^! /  note: /p' "$work/$number.notes"
        if cmp -s "$work/$number.new" "$path"; then continue; fi
        changed=$((changed + 1))
        if [ "$mode" = dry ]; then
            say "  would change $path"
        else
            replace_file "$work/$number.new" "$path" || return 1
        fi
        sed -n 's/^= /    /p' "$work/$number.notes"
    done
    warn_of_variables
    if [ "$changed" -eq 0 ]; then
        say "  nothing to change: it is set up already"
    elif [ "$mode" != dry ]; then
        say "  to undo: curl -fsSL $CARPOOL_URL/i/setup.sh | sh -s -- --undo $client"
    fi
}

# What the shell has set wins over some files, or is sent beside the key.
warn_of_variables() {
    case $client in
        claude-code) [ -z "${ANTHROPIC_API_KEY:-}" ] || say "  note: ANTHROPIC_API_KEY is set in this shell: Claude Code sends it beside your key, and a call with two different keys is refused. Run: unset ANTHROPIC_API_KEY" ;;
        gemini-cli)
            for name in GOOGLE_GEMINI_BASE_URL GEMINI_API_KEY; do
                eval "is=\${$name:-}"
                [ -z "$is" ] || say "  note: $name is set in this shell and wins over the file. Run: unset $name"
            done
            ;;
    esac
}

# Makes what a file is to be, in the temporary folder.
prepare() {
    files=$((files + 1))
    path=$(real_path "$1") || return 1
    printf '%s\n' "$path" > "$work/$files.path"
    : > "$work/$files.notes"
    if [ ! -e "$path" ]; then
        : > "$work/$files.old"
    elif [ ! -f "$path" ] || ! cat "$path" > "$work/$files.old"; then
        complain "$path cannot be read: nothing was changed"
        return 1
    elif ! is_text "$work/$files.old"; then
        complain "$path is not text in UTF-8: nothing was changed"
        return 1
    fi
    # The dot keeps the end of the last line.
    { cat "$work/$files.old" && echo .; } |
        CARPOOL_FORMAT=$2 CARPOOL_EDITS=$3 CARPOOL_NOTES=$work/$files.notes awk -f "$work/edit.awk" > "$work/$files.new" && return 0
    why=$(sed -n 's/^refused: //p' "$work/$files.notes")
    complain "$path is left as it is: ${why:-the awk of this machine cannot edit it}"
    return 1
}

is_text() {
    tr -d '\000' < "$1" | cmp -s - "$1" || return 1
    ! command -v iconv > /dev/null 2>&1 || iconv -f UTF-8 -t UTF-8 < "$1" > /dev/null 2>&1
}

# The file that a link leads to, so that the link stays.
real_path() {
    real=$1 links=0
    while [ -L "$real" ]; do
        links=$((links + 1))
        if [ "$links" -gt 20 ]; then
            complain "$1 is a link that leads nowhere: nothing was changed"
            return 1
        fi
        target=$(readlink "$real") || return 1
        case $target in
            /*) real=$target ;;
            *) real=$(dirname "$real")/$target ;;
        esac
    done
    say "$real"
}

# Puts a file in the place of another at once, and keeps the other beside it; the mode stays, a new file is its owner's.
replace_file() {
    folder=$(dirname "$2")
    mkdir -p "$folder" || return 1
    beside=$(mktemp "$folder/.carpool-XXXXXX") || return 1
    kept=$2.carpool-backup-$stamp
    if [ -e "$kept" ] || [ -e "$kept.none" ]; then
        rm -f "$beside"
        complain "this was run too often within a second: try again"
        return 1
    fi
    if [ -e "$2" ]; then
        if cat "$2" > "$kept" && cp -p "$2" "$beside" && cat "$1" > "$beside" && mv -f "$beside" "$2"; then
            say "  changed $2"
            say "    before: $kept"
            case $(ls -ld "$2") in
                ????r* | ???????r*) say "    note: others on this machine may read it, and your key is in it. Run: chmod 600 '$2'" ;;
            esac
            return 0
        fi
    elif : > "$kept.none" && cat "$1" > "$beside" && mv -f "$beside" "$2"; then
        say "  made $2"
        return 0
    fi
    rm -f "$beside"
    complain "$2 cannot be written"
    return 1
}

# Whether a file has no copy of this second yet.
is_stamp_free() {
    path=$(real_path "$1") || return 1
    [ ! -e "$path.carpool-backup-$stamp" ] && [ ! -e "$path.carpool-backup-$stamp.none" ]
}

# Takes the latest change of a client back.
undo_client() {
    say "$client"
    latest=
    each_file find_latest || return 1
    if [ -z "$latest" ]; then
        complain "nothing of $client was changed by this script"
        return 1
    fi
    each_file restore
}

find_latest() {
    path=$(real_path "$1") || return 1
    for kept in "$path".carpool-backup-*; do
        [ -e "$kept" ] || continue
        at=${kept#"$path".carpool-backup-}
        at=${at%.none}
        later=$(printf '%s\n' "$latest" "$at" | sort | tail -n 1)
        latest=$later
    done
}

restore() {
    path=$(real_path "$1") || return 1
    kept=$path.carpool-backup-$latest
    aside=$path.carpool-undone-$stamp
    if [ -e "$kept" ]; then
        beside=$(mktemp "$(dirname "$path")/.carpool-XXXXXX") || return 1
        { [ ! -e "$path" ] || { cat "$path" > "$aside" && cp -p "$path" "$beside"; }; } &&
            cat "$kept" > "$beside" && mv -f "$beside" "$path" && rm -f "$kept" || {
            rm -f "$beside"
            complain "$path cannot be written"
            return 1
        }
        say "  restored $path"
    elif [ -e "$kept.none" ]; then
        { [ ! -e "$path" ] || mv -f "$path" "$aside"; } && rm -f "$kept.none" || return 1
        say "  removed $path, which was not there before"
    fi
    [ ! -e "$aside" ] || say "    what it was until now, with the key: $aside (delete it if you do not need it)"
}

# The awk program that edits a file: it reads it with a line of one dot behind it, and writes it whole, or writes nothing.
editor() {
    cat << 'AWK'
{ S = NR == 1 ? $0 : S "\n" $0 }

END {
    S = substr(S, 1, length(S) - 1)
    address = ENVIRON["CARPOOL_URL"]; key = ENVIRON["CARPOOL_KEY"]; notes = ENVIRON["CARPOOL_NOTES"]
    mark = ""
    if (substr(S, 1, 3) == "\357\273\277") { mark = substr(S, 1, 3); S = substr(S, 4) }
    eol = line_end()
    edits = split(ENVIRON["CARPOOL_EDITS"], EDIT, "\n")
    if (ENVIRON["CARPOOL_FORMAT"] == "json") json()
    else if (ENVIRON["CARPOOL_FORMAT"] == "toml") toml()
    else env()
    printf "%s", mark
    printf "%s", S
}

function refuse(why) {
    print "refused: " why > notes
    close(notes)
    exit 3
}

# A file ends its lines as the first one does.
function line_end(    at) {
    at = index(S, "\n")
    return at > 1 && substr(S, at - 1, 1) == "\r" ? "\r\n" : "\n"
}

function value(text) {
    if (text == "{key}") return key
    return substr(text, 1, 9) == "{address}" ? address substr(text, 10) : text
}

function changed(name, text) { print "= " name " = " (text == "{key}" ? "your key" : value(text)) > notes }

function dotted(path) { gsub("/", ".", path); return path }

function splice(from, to, text) { S = substr(S, 1, from - 1) text substr(S, to) }

# Puts lines at the end, which keeps ending with a line's end, or without one.
function append(lines) {
    if (S == "" || substr(S, length(S)) == "\n") S = S lines eol
    else S = S eol lines
}

# ---- JSON with comments: the words TK with their places TS to TE, and the closing word TC of an opening one.

function json(    i, F) {
    if (S ~ /^[ \t\r\n]*$/) S = "{}\n"
    eol = line_end()
    for (i = 1; i <= edits; i++) {
        split(EDIT[i], F, "|")
        NP = split(F[2], PATH, "/")
        if (F[1] == "set") set_value(F[2], "\"" value(F[3]) "\"", F[3])
        else if (F[1] == "yes") set_value(F[2], "true", "true")
        else if (F[1] == "item") set_item(F[2], F[3], F[4])
        else { lex(); if (has()) print "! " dotted(F[2]) " is set there too: " F[3] > notes }
    }
    lex()
}

function set_value(path, literal, shown) {
    lex(); walk()
    if (left) { leaf = "value"; LITERAL = literal; add(at, style, "member") }
    else if (!put(at, literal, dotted(path))) return
    changed(dotted(path), shown)
}

function set_item(path, same, others,    i, label, one, found) {
    NS = split(same, SAME, ";"); NO = split(others, OTHER, ";")
    label = dotted(path) "[" value(after(SAME[1])) "]"
    lex(); walk()
    leaf = "item"
    if (left) add(at, style, "member")
    else {
        one = find_item(at, dotted(path), label)
        if (!one) add(at, style, "element")
    }
    if (left || !one) {
        for (i = 1; i <= NO; i++) changed(label "." before(OTHER[i]), after(OTHER[i]))
        return
    }
    for (i = 1; i <= NO; i++) {
        lex()
        found = member(one, before(OTHER[i]))
        if (!found) { FIELD = before(OTHER[i]); LITERAL = "\"" value(after(OTHER[i])) "\""; add(one, style_of(one, "lines"), "field") }
        else if (!put(found, "\"" value(after(OTHER[i])) "\"", label "." before(OTHER[i]))) continue
        changed(label "." before(OTHER[i]), after(OTHER[i]))
    }
}

function before(pair) { return substr(pair, 1, index(pair, "=") - 1) }
function after(pair) { return substr(pair, index(pair, "=") + 1) }

# Follows PATH from the top: to a value at `at`, or to an object that has none of the names from `left` on.
function walk(    i, found) {
    at = 1; style = style_of(1, "lines"); left = 0
    for (i = 1; i <= NP; i++) {
        if (TK[at] != "{") refuse(path_to(i - 1) " is something else than an object: change or remove it")
        found = member(at, PATH[i])
        if (!found) { left = i; return }
        at = found
        if (TK[at] == "{" || TK[at] == "[") style = style_of(at, style)
    }
}

function has(    i, here) {
    here = 1
    for (i = 1; i <= NP; i++) {
        if (TK[here] != "{") return 0
        here = member(here, PATH[i])
        if (!here) return 0
    }
    return 1
}

function path_to(n,    i, text) {
    for (i = 1; i <= n; i++) text = text (i > 1 ? "." : "") PATH[i]
    return text
}

function close_of(i) { return TK[i] == "{" || TK[i] == "[" ? TC[i] : i }

function behind(i) {
    i = close_of(i) + 1
    return TK[i] == "," ? i + 1 : i
}

# The value of an object's member.
function member(object, name,    i, found, end) {
    end = close_of(object); found = 0
    for (i = object + 1; i < end; i = behind(i + 2)) {
        if (!says(i, name)) continue
        if (found) refuse("\"" name "\" stands in it twice: take one out")
        found = i + 2
    }
    return found
}

# Whether a word is this text, which may be written with escapes; ours have none that need them.
function says(i, text,    is, at) {
    if (TK[i] != "s") return 0
    is = substr(S, TS[i] + 1, TE[i] - TS[i] - 2)
    if (is == text) return 1
    gsub(/\\\//, "/", is)
    while ((at = match(is, /\\u00[2-7][0-9a-fA-F]/)) > 0) is = substr(is, 1, at - 1) sprintf("%c", hex(substr(is, at + 4, 2))) substr(is, at + 6)
    return is == text
}

function hex(digits) {
    digits = tolower(digits)
    return (index("0123456789abcdef", substr(digits, 1, 1)) - 1) * 16 + index("0123456789abcdef", substr(digits, 2, 1)) - 1
}

function find_item(array, path, label,    i, j, end, is_it, found, its) {
    if (TK[array] != "[") refuse(path " is something else than an array: change or remove it")
    end = close_of(array); found = 0
    for (i = array + 1; i < end; i = behind(i)) {
        if (TK[i] != "{") continue
        is_it = 1
        for (j = 1; j <= NS; j++) {
            its = member(i, before(SAME[j]))
            if (!its || !says(its, value(after(SAME[j])))) is_it = 0
        }
        if (is_it && found) refuse(label " stands in it twice: take one out")
        if (is_it) found = i
    }
    return found
}

# Puts a value in the place of one of its kind, unless it is there already.
function put(i, literal, path,    is) {
    is = substr(S, TS[i], TE[i] - TS[i])
    if (literal == "true") {
        if (is != "true" && is != "false") refuse(path " is something else than true or false: change or remove it")
        if (is == "true") return 0
    } else {
        if (TK[i] != "s") refuse(path " is something else than a text: change or remove it")
        if (says(i, substr(literal, 2, length(literal) - 2))) return 0
    }
    splice(TS[i], TE[i], literal)
    return 1
}

# Whether what is in brackets stands in lines of its own.
function style_of(open, around) {
    if (TC[open] == open + 1) return around
    return index(substr(S, TE[open], TS[open + 1] - TE[open]), "\n") ? "lines" : "one"
}

function indent_at(i,    text) {
    text = substr(S, TB[i], TS[i] - TB[i])
    match(text, /^[ \t]*/)
    return substr(text, 1, RLENGTH)
}

# Adds something behind all that is in brackets.
function add(open, style, what,    shut, end, base, indent, text, is_empty, last) {
    unit = "  "
    if (TC[1] != 2 && style_of(1, "lines") == "lines" && indent_at(2) != "") unit = indent_at(2)
    shut = TC[open]; end = TR[shut]; is_empty = shut == open + 1
    base = indent_at(open)
    indent = !is_empty && style == "lines" ? indent_at(open + 1) : base unit
    if (TL[shut]) style = "lines"
    text = part(what, indent, style)
    if (style == "lines") text = eol indent text
    else if (!is_empty) text = " " text
    if (style == "lines" && is_empty && !index(substr(S, end, TS[shut] - end), "\n")) text = text eol base
    last = shut - 1
    splice(end, end, text)
    if (!is_empty && TK[last] != ",") splice(TE[last], TE[last], ",")
}

function part(what, indent, style) {
    if (what == "element") return item(indent, style)
    if (what == "field") return "\"" FIELD "\": " LITERAL
    return "\"" PATH[left] "\": " rendered(left + 1, indent, style)
}

function rendered(i, indent, style,    body) {
    if (i <= NP) {
        body = "\"" PATH[i] "\": " rendered(i + 1, indent unit, style)
        return wrapped("{", body, "}", indent, style)
    }
    if (leaf == "item") return wrapped("[", item(indent unit, style), "]", indent, style)
    return LITERAL
}

function item(indent, style,    i, body, comma) {
    comma = style == "lines" ? "," eol indent unit : ", "
    for (i = 1; i <= NS; i++) body = body (i > 1 ? comma : "") "\"" before(SAME[i]) "\": \"" value(after(SAME[i])) "\""
    for (i = 1; i <= NO; i++) body = body comma "\"" before(OTHER[i]) "\": \"" value(after(OTHER[i])) "\""
    return wrapped("{", body, "}", indent, style)
}

function wrapped(open, body, shut, indent, style) {
    return style == "lines" ? open eol indent unit body eol indent shut : open body shut
}

# Reads S, or refuses it.
function lex(    n, i, rest, pos, begin, len, c, in_block) {
    NT = 0; depth = 0; next_is = "value"; trail = 1; trail_line = 0
    n = split(S, LINE, "\n"); pos = 1; in_block = 0
    for (i = 1; i <= n; i++) {
        rest = LINE[i]; begin = pos; line = i
        while (rest != "") {
            if (in_block) {
                len = index(rest, "*/")
                if (!len) { pos += length(rest); break }
                len++; in_block = 0; trail = pos + len; trail_line = 0
            } else if (match(rest, /^[ \t\r]+/)) len = RLENGTH
            else if ((c = substr(rest, 1, 2)) == "/*") { in_block = 1; block_line = i; len = 2 }
            else if (c == "//") {
                len = length(rest)
                trail = pos + len - (i < n && rest ~ /\r$/); trail_line = 1
                if (index(substr(rest, 1, trail - pos), "\r")) wrong("a comment with a carriage return in it")
            } else len = word(rest, pos, begin)
            rest = substr(rest, len + 1); pos += len
        }
        pos++
    }
    if (in_block) { line = block_line; wrong("a comment that does not end") }
    if (next_is != "nothing") wrong("it ends in the middle")
    if (TK[1] != "{") wrong("it is not an object: it has to begin with {")
}

function wrong(what) { refuse("line " line ": " what) }

function word(rest, pos, begin,    c, len, kind) {
    c = substr(rest, 1, 1); len = 1; kind = c
    if (c == "\"") {
        kind = "s"
        if (!match(rest, /^"([^"\\\001-\037]|\\["\\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*"/)) wrong("a text that is none")
        len = RLENGTH
    } else if (!index("{}[],:", c)) {
        kind = "w"
        if (!match(rest, /^[-+.0-9A-Za-z]+/)) wrong("something that is no value")
        len = RLENGTH
        if (substr(rest, 1, len) !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/) wrong("something that is no value")
    }
    NT++
    TK[NT] = kind; TS[NT] = pos; TE[NT] = pos + len; TB[NT] = begin
    step(kind)
    trail = pos + len; trail_line = 0
    return len
}

# Checks that a word may stand here, and what may follow it.
function step(kind,    open) {
    if ((next_is == "value" || next_is == "element") && (kind == "{" || kind == "[")) {
        OPEN[++depth] = NT
        next_is = within()
    } else if ((next_is == "value" || next_is == "element") && (kind == "s" || kind == "w")) next_is = depth ? "comma" : "nothing"
    else if (next_is == "name" && kind == "s") next_is = "colon"
    else if (next_is == "colon" && kind == ":") next_is = "value"
    else if (next_is == "comma" && kind == ",") next_is = within()
    else if ((next_is == "name" || next_is == "element" || next_is == "comma") && (kind == "}" || kind == "]")) {
        open = OPEN[depth--]
        if ((TK[open] == "{") != (kind == "}")) wrong("the wrong closing bracket")
        TC[open] = NT; TR[NT] = trail; TL[NT] = trail_line
        next_is = depth ? "comma" : "nothing"
    } else wrong("something that may not stand there")
}

function within() { return TK[OPEN[depth]] == "{" ? "name" : "element" }

# ---- TOML: read from P on, statement by statement; what is ours is remembered by its place.

function toml(    i, F, lines, n, first, tail) {
    for (i = 1; i <= edits; i++) {
        split(EDIT[i], F, "|")
        if (F[1] == "root") root = F[2]
        else OURS[F[2]] = 1
    }
    read_toml()
    changes = 0; lines = ""
    for (i = 1; i <= edits; i++) {
        split(EDIT[i], F, "|")
        if (F[1] == "root") {
            if (!(root in FROM)) { cut(1, 1, root " = \"" value(F[3]) "\"" eol); changed(root, F[3]) }
            else put_text(root, root, F[3])
        } else if (F[1] == "drop") {
            if (!("table." F[2] in FROM)) continue
            must_be_text("table." F[2], "model_providers.carpool." F[2])
            cut(LINE_FROM["table." F[2]], LINE_TO["table." F[2]], "")
            print "= model_providers.carpool." F[2] " removed" > notes
        } else if ("table." F[2] in FROM) put_text("table." F[2], "model_providers.carpool." F[2], F[3])
        else {
            lines = lines eol F[2] " = \"" value(F[3]) "\""
            changed("model_providers.carpool." F[2], F[3])
        }
    }
    if (header_end && lines != "") cut(header_end, header_end, lines)
    apply_cuts()
    if (!header_end) append((S == "" ? "" : eol) "[model_providers.carpool]" lines)
}

function must_be_text(what, path) {
    if (KIND[what] != "s") refuse(path " is something else than a text: change or remove it")
}

function put_text(what, path, text) {
    must_be_text(what, path)
    if (IS[what] == "=" value(text)) return
    cut(FROM[what], TO[what], "\"" value(text) "\"")
    changed(path, text)
}

function cut(from, to, text) { CUT_FROM[++changes] = from; CUT_TO[changes] = to; CUT[changes] = text }

# The last one first, so that the places of the others stay.
function apply_cuts(    i, last) {
    while (changes) {
        last = 1
        for (i = 2; i <= changes; i++) if (CUT_FROM[i] > CUT_FROM[last]) last = i
        splice(CUT_FROM[last], CUT_TO[last], CUT[last])
        CUT_FROM[last] = CUT_FROM[changes]; CUT_TO[last] = CUT_TO[changes]; CUT[last] = CUT[changes]
        changes--
    }
}

function read_toml(    length_of_s, from, is_list, full, i, what, start) {
    P = 1; length_of_s = length(S); table = ""; table_path = ""; header_end = 0
    while (P <= length_of_s) {
        from = P
        take("^[ \t]+")
        if (at_line_end()) { end_line(); continue }
        if (substr(S, P, 1) == "[") {
            is_list = substr(S, P, 2) == "[["
            P += is_list ? 2 : 1
            read_key()
            if (!take(is_list ? "^\\]\\]" : "^\\]")) wrong_toml("a table's name that does not end")
            enter(is_list)
            if (!at_line_end()) wrong_toml("something behind a table's name")
            i = end_line()
            if (table_path == "model_providers.carpool" && !is_list) header_end = i
            continue
        }
        read_key()
        if (!take("^=[ \t]*")) wrong_toml("neither a setting nor a table's name")
        what = ours(); note_key(table)
        start = P; read_value(); i = P
        if (what != "") { FROM[what] = start; TO[what] = i; KIND[what] = value_kind; IS[what] = value_text; LINE_FROM[what] = from }
        if (!at_line_end()) wrong_toml("something behind a value")
        end_line()
        if (what != "") LINE_TO[what] = P
    }
}

function wrong_toml(what,    head) {
    head = substr(S, 1, P - 1)
    refuse("line " (1 + gsub("\n", "", head)) ": " what)
}

function unusual(what) { refuse(what " is written in a way this does not change: write it as a table with a header, or remove it") }

# What of ours the key that was read is, if it is.
function ours() {
    if (table == "" && KEY[1] == root) {
        if (KEYS > 1) refuse(root " is something else than a text: change or remove it")
        return root
    }
    if (table == "" && KEY[1] == "model_providers") unusual("model_providers")
    if (table_path == "model_providers" && KEY[1] == "carpool") unusual("model_providers.carpool")
    if (table_path != "model_providers.carpool" || !(KEY[1] in OURS)) return ""
    if (KEYS > 1) refuse(table_path "." KEY[1] " is something else than a text: change or remove it")
    return "table." KEY[1]
}

# Enters the table whose name was read, and checks that it may be there.
function enter(is_list,    i, full) {
    table_path = KEY[1]; full = ""
    for (i = 1; i <= KEYS; i++) {
        if (i > 1) table_path = table_path "." KEY[i]
        full = full "\034" KEY[i]
        if (("key", full) in SEEN) wrong_toml("a table where something else is")
        if (full in LISTS && (i < KEYS || !is_list)) full = full "\034" LISTS[full]
    }
    if (KEY[1] == root) refuse(root " is something else than a text: change or remove it")
    if (is_list && table_path == "model_providers") unusual("model_providers")
    if (is_list && table_path == "model_providers.carpool") unusual("model_providers.carpool")
    if (KEYS > 2 && KEY[1] == "model_providers" && KEY[2] == "carpool" && KEY[3] in OURS) refuse("model_providers.carpool." KEY[3] " is something else than a text: change or remove it")
    if (is_list) {
        if (("table", full) in SEEN) wrong_toml("a list where a table is")
        LISTS[full]++
        full = full "\034" LISTS[full]
    } else if (("table", full) in SEEN || ("part", full) in SEEN) wrong_toml("a table that is there already")
    SEEN["table", full] = 1
    table = full
}

function note_key(around,    i) {
    for (i = 1; i <= KEYS; i++) {
        around = around "\034" KEY[i]
        if (("key", around) in SEEN || (i == KEYS && (("part", around) in SEEN)) || (("table", around) in SEEN)) wrong_toml("a setting that is there already")
        SEEN[i < KEYS ? "part" : "key", around] = 1
    }
}

# Passes what the pattern finds here.
function take(pattern) {
    if (!match(substr(S, P), pattern)) return 0
    P += RLENGTH
    return 1
}

# Passes white space and a comment, and tells whether the line ends there.
function at_line_end(    c) {
    take("^[ \t]+")
    if (substr(S, P, 1) == "#") take("^#[^\r\n]*")
    c = substr(S, P, 1)
    return c == "" || c == "\n" || substr(S, P, 2) == "\r\n"
}

# Goes to the next line and tells where this one ended.
function end_line(    end) {
    end = P
    take("^\r?\n")
    return end
}

function read_key(    from) {
    KEYS = 0
    do {
        take("^[ \t]+")
        from = P
        if (take("^[A-Za-z0-9_-]+")) KEY[++KEYS] = substr(S, from, P - from)
        else if (take("^\"[^\"\\\\\r\n]*\"") || take("^\047[^\047\r\n]*\047")) KEY[++KEYS] = substr(S, from + 1, P - from - 2)
        else wrong_toml("a name that is not understood")
        take("^[ \t]+")
    } while (take("^\\."))
}

function read_value(    c, from, end) {
    c = substr(S, P, 1); from = P; value_text = ""
    if (substr(S, P, 3) == "\"\"\"" || substr(S, P, 3) == "\047\047\047") { long_text(c); value_kind = "s" }
    else if (c == "\"") {
        if (!take("^\"([^\"\\\\\001-\010\012-\037\177]|\\\\[\"\\\\bfnrte]|\\\\x[0-9a-fA-F][0-9a-fA-F]|\\\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]|\\\\U[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*\"")) wrong_toml("a text that is none")
        value_kind = "s"; value_text = substr(S, from + 1, P - from - 2)
        value_text = index(value_text, "\\") ? "" : "=" value_text
    } else if (c == "\047") {
        if (!take("^\047[^\047\001-\010\012-\037\177]*\047")) wrong_toml("a text that is none")
        value_kind = "s"; value_text = "=" substr(S, from + 1, P - from - 2)
    } else if (c == "[") { in_brackets("]"); value_kind = "o"; value_text = "" }
    else if (c == "{") { in_brackets("}"); value_kind = "o"; value_text = "" }
    else { bare(); value_kind = "o" }
}

function long_text(quote,    rest, at, run) {
    P += 3
    for (;;) {
        rest = substr(S, P)
        at = match(rest, quote == "\"" ? "[\"\\\\]" : "\047")
        if (!at) wrong_toml("a text that does not end")
        P += at - 1
        if (substr(S, P, 1) == "\\") { P += 2; continue }
        run = substr(S, P, 5); match(run, "^" quote "+")
        if (RLENGTH < 3) { P += RLENGTH; continue }
        P += RLENGTH
        return
    }
}

function in_brackets(shut) {
    P++
    for (;;) {
        skip_lines()
        if (substr(S, P, 1) == shut) break
        if (shut == "}") { read_key(); if (!take("^=[ \t]*")) wrong_toml("a table that is not understood") }
        read_value()
        skip_lines()
        if (substr(S, P, 1) == shut) break
        if (!take("^,")) wrong_toml("something that may not stand there")
    }
    P++
}

function skip_lines() { while (take("^([ \t\n]|\r\n)+") || take("^#[^\r\n]*")) ; }

# A number, a date, true or false.
function bare(    from, text) {
    from = P
    if (!take("^[-+.:_0-9A-Za-z]+")) wrong_toml("a value that is not understood")
    text = substr(S, from, P - from)
    if (text ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/) {
        if (take("^ [0-9][0-9]:[-+.:0-9Zz]+")) return
        return
    }
    if (text ~ /^(true|false|[-+]?(inf|nan))$/) return
    if (text ~ /^([-+]?(0|[1-9](_?[0-9])*)|0x[0-9a-fA-F](_?[0-9a-fA-F])*|0o[0-7](_?[0-7])*|0b[01](_?[01])*)$/) return
    if (text ~ /^[-+]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][-+]?[0-9](_?[0-9])*)?$/) return
    if (text ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][Tt][0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?([Zz]|[-+][0-9][0-9]:[0-9][0-9])?$/) return
    if (text ~ /^[0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?$/) return
    P = from
    wrong_toml("a value that is not understood")
}

# ---- Lines of NAME=value.

function env(    n, i, j, F, pos, text, name, len, added, from, is, quote) {
    n = split(S, LINE, "\n"); pos = 1
    for (i = 1; i <= n; i++) {
        text = LINE[i]; line = i
        if (i < n) sub(/\r$/, "", text)
        if (index(text, "\r")) wrong("a carriage return in the middle")
        if (match(text, /^[ \t]*(export[ \t]+)?[A-Za-z0-9_.-]+[ \t]*=[ \t]*/)) {
            len = RLENGTH
            name = substr(text, 1, len); sub(/[ \t]*=[ \t]*$/, "", name); sub(/^[ \t]*(export[ \t]+)?/, "", name)
            from = pos + len; text = substr(text, len + 1); len = value_length(text)
            if (name in FROM) TWICE[name] = 1
            FROM[name] = from; TO[name] = from + len; is = substr(text, 1, len); quote = substr(is, 1, 1)
            if (len > 1 && index("\"\047`", quote)) is = substr(is, 2, len - 2)
            IS[name] = is
        }
        pos += length(LINE[i]) + 1
    }
    changes = 0; added = ""
    for (i = 1; i <= edits; i++) {
        split(EDIT[i], F, "|")
        if (F[2] in TWICE) refuse(F[2] " stands in it twice: take one out")
        if (F[2] in FROM) {
            if (IS[F[2]] == value(F[3])) continue
            cut(FROM[F[2]], TO[F[2]], value(F[3]))
        } else added = added (added == "" ? "" : eol) F[2] "=" value(F[3])
        changed(F[2], F[3])
    }
    apply_cuts()
    if (added != "") append(added)
}

# How long a value is, with its quotes.
function value_length(text,    quote, end, rest) {
    quote = substr(text, 1, 1)
    if (quote != "" && index("\"\047`", quote)) {
        end = index(substr(text, 2), quote)
        rest = substr(text, end + 2)
        if (!end || rest !~ /^[ \t]*(#.*)?$/ || index(substr(text, 1, end), "\\")) wrong("a value in quotes that does not end there")
        return end + 1
    }
    end = index(text, "#")
    if (end) text = substr(text, 1, end - 1)
    sub(/[ \t]+$/, "", text)
    return length(text)
}
AWK
}

main "$@"
