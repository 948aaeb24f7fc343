# Sets AI clients up for a Carpool relay, in Windows PowerShell 5.1 and later:
#
#   $env:CARPOOL_URL='ADDRESS'; $env:CARPOOL_KEY='cr_...'; $env:CARPOOL_CLIENT='CLIENT'; irm ADDRESS/i/setup.ps1 | iex
#   $env:CARPOOL_UNDO='1'; $env:CARPOOL_CLIENT='CLIENT'; irm ADDRESS/i/setup.ps1 | iex
#
# CLIENT is claude-code, codex, gemini-cli, droid, vscode, several of them with commas between, or all: those that are on
# this machine. CARPOOL_DRY_RUN='1' tells what would be changed. Only our own settings are put into a client's file;
# everything else in it keeps its bytes, a second run changes nothing, and a file that is not understood whole is left
# alone. What a file was before is kept beside it. It does the same as setup.sh: a change here is a change there.
#
# It is pure ASCII, because Invoke-RestMethod of 5.1 guesses what else there is.

& {
    Set-StrictMode -Version 2
    $ErrorActionPreference = 'Stop'

    $ordinal = [StringComparison]::Ordinal
    $strict = New-Object System.Text.UTF8Encoding($false, $true)
    $address = ''
    $key = ''

    # What is thrown where a file is not understood; it says why.
    function Deny([string]$why) { throw (New-Object System.FormatException($why)) }

    function Get-Shown([string]$value) { if ($value -ceq $key) { 'your key' } else { $value } }

    # A file ends its lines as the first one does.
    function Get-LineEnd([string]$text) {
        $at = $text.IndexOf([char]10)
        if ($at -gt 0 -and $text[$at - 1] -ceq [char]13) { "`r`n" } else { "`n" }
    }

    # Puts lines at the end, which keeps ending with a line's end, or without one.
    function Add-Lines([string]$text, [string[]]$lines) {
        $end = Get-LineEnd $text
        $added = [string]::Join($end, $lines)
        if ($text.Length -eq 0 -or $text[$text.Length - 1] -ceq [char]10) { $text + $added + $end } else { $text + $end + $added }
    }

    function Get-Line([string]$text, [int]$at) { 1 + ($text.Substring(0, [Math]::Min($at, $text.Length)) -replace '[^\n]', '').Length }

    # ---- JSON with comments

    # The words of a text: kind, place, which word closes an opening one, and where what is before a closing one ends.
    function Read-Words([string]$text) {
        $space = [regex]'\G[ \t\r\n]+'
        $quoted = [regex]'\G"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"'
        $bare = [regex]'\G[-+.0-9A-Za-z]+'
        $right = [regex]'\A(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\z'
        $words = New-Object 'System.Collections.Generic.List[object]'
        $open = New-Object 'System.Collections.Generic.Stack[int]'
        $at = 0
        $next = 'value'
        $trail = 0
        $trailIsLine = $false
        while ($at -lt $text.Length) {
            $match = $space.Match($text, $at)
            if ($match.Success) { $at += $match.Length; continue }
            $two = $text.Substring($at, [Math]::Min(2, $text.Length - $at))
            if ($two -ceq '//') {
                $end = $text.IndexOf([char]10, $at)
                if ($end -lt 0) { $end = $text.Length } elseif ($text[$end - 1] -ceq [char]13) { $end-- }
                if ($text.IndexOf([char]13, $at, $end - $at) -ge 0) { Deny "line $(Get-Line $text $at): a comment with a carriage return in it" }
                $at = $end; $trail = $at; $trailIsLine = $true
                continue
            }
            if ($two -ceq '/*') {
                $end = $text.IndexOf('*/', $at + 2, $ordinal)
                if ($end -lt 0) { Deny "line $(Get-Line $text $at): a comment that does not end" }
                $at = $end + 2; $trail = $at; $trailIsLine = $false
                continue
            }
            $kind = [string]$text[$at]
            $length = 1
            if ($kind -ceq '"') {
                $match = $quoted.Match($text, $at)
                if (-not $match.Success) { Deny "line $(Get-Line $text $at): a text that is none" }
                $kind = 's'
                $length = $match.Length
            } elseif ('{}[],:'.IndexOf($text[$at]) -lt 0) {
                $match = $bare.Match($text, $at)
                if (-not $match.Success -or -not $right.IsMatch($match.Value)) { Deny "line $(Get-Line $text $at): something that is no value" }
                $kind = 'w'
                $length = $match.Length
            }
            $here = $words.Count
            $isValue = $next -ceq 'value' -or $next -ceq 'element'
            $word = @{ Kind = $kind; Start = $at; End = $at + $length; Close = $here; Trail = $trail; TrailIsLine = $trailIsLine }
            if ($isValue -and ($kind -ceq '{' -or $kind -ceq '[')) {
                $open.Push($here)
                $next = if ($kind -ceq '{') { 'name' } else { 'element' }
            } elseif ($isValue -and ($kind -ceq 's' -or $kind -ceq 'w')) {
                $next = if ($open.Count) { 'comma' } else { 'nothing' }
            } elseif ($next -ceq 'name' -and $kind -ceq 's') {
                $next = 'colon'
            } elseif ($next -ceq 'colon' -and $kind -ceq ':') {
                $next = 'value'
            } elseif ($next -ceq 'comma' -and $kind -ceq ',') {
                $next = if ($words[$open.Peek()].Kind -ceq '{') { 'name' } else { 'element' }
            } elseif (($next -ceq 'name' -or $next -ceq 'element' -or $next -ceq 'comma') -and ($kind -ceq '}' -or $kind -ceq ']')) {
                $opening = $words[$open.Pop()]
                if (($opening.Kind -ceq '{') -ne ($kind -ceq '}')) { Deny "line $(Get-Line $text $at): the wrong closing bracket" }
                $opening.Close = $here
                $next = if ($open.Count) { 'comma' } else { 'nothing' }
            } else {
                Deny "line $(Get-Line $text $at): something that may not stand there"
            }
            $words.Add($word)
            $at += $length
            $trail = $at
            $trailIsLine = $false
        }
        if ($next -cne 'nothing') { Deny "line $(Get-Line $text $at): it ends in the middle" }
        if ($words[0].Kind -cne '{') { Deny 'it is not an object: it has to begin with {' }
        , $words
    }

    function Read-Json([string]$text) {
        $json = @{ Text = $text; Words = (Read-Words $text); LineEnd = (Get-LineEnd $text); Unit = '  ' }
        $first = Get-Indent $json 1
        if ($json.Words[0].Close -ne 1 -and (Get-Style $json 0 'lines') -ceq 'lines' -and $first) { $json.Unit = $first }
        $json
    }

    # Whether what is in brackets stands in lines of its own.
    function Get-Style($json, [int]$open, [string]$around) {
        $words = $json.Words
        if ($words[$open].Close -eq $open + 1) { return $around }
        $inside = $json.Text.Substring($words[$open].End, $words[$open + 1].Start - $words[$open].End)
        if ($inside.IndexOf([char]10) -ge 0) { 'lines' } else { 'one' }
    }

    # The white space at the beginning of the line in which a word stands.
    function Get-Indent($json, [int]$word) {
        $start = $json.Words[$word].Start
        $line = 0
        if ($start -gt 0) { $line = $json.Text.LastIndexOf([char]10, $start - 1) + 1 }
        [regex]::Match($json.Text.Substring($line, $start - $line), '\A[ \t]*').Value
    }

    # Whether a word is this text, which may be written with escapes; ours have none that need them.
    function Test-Says($json, [int]$word, [string]$text) {
        $is = $json.Words[$word]
        if ($is.Kind -cne 's') { return $false }
        $inside = $json.Text.Substring($is.Start + 1, $is.End - $is.Start - 2).Replace('\/', '/')
        $plain = [regex]::Replace($inside, '\\u00([2-7][0-9a-fA-F])', { param($found) [string][char][Convert]::ToInt32($found.Groups[1].Value, 16) })
        $plain -ceq $text
    }

    # The value of an object's member; -1 if it has none.
    function Find-Member($json, [int]$object, [string]$name) {
        $found = -1
        $at = $object + 1
        while ($at -lt $json.Words[$object].Close) {
            if (Test-Says $json $at $name) {
                if ($found -ge 0) { Deny "`"$name`" stands in it twice: take one out" }
                $found = $at + 2
            }
            $at = Get-Behind $json ($at + 2)
        }
        $found
    }

    function Get-Behind($json, [int]$value) {
        $next = $json.Words[$value].Close + 1
        if ($json.Words[$next].Kind -ceq ',') { $next + 1 } else { $next }
    }

    # Follows a path from the top: to a value, or to an object that has none of the names from Left on.
    function Find-Path($json, [string[]]$path) {
        $at = 0
        $style = Get-Style $json 0 'lines'
        for ($i = 0; $i -lt $path.Count; $i++) {
            if ($json.Words[$at].Kind -cne '{') { Deny "$($path[0..($i - 1)] -join '.') is something else than an object: change or remove it" }
            $found = Find-Member $json $at $path[$i]
            if ($found -lt 0) { return @{ At = $at; Style = $style; Left = $i } }
            $at = $found
            if ($json.Words[$at].Kind -ceq '{' -or $json.Words[$at].Kind -ceq '[') { $style = Get-Style $json $at $style }
        }
        @{ At = $at; Style = $style; Left = -1 }
    }

    function Test-Path-In($json, [string[]]$path) {
        $at = 0
        foreach ($name in $path) {
            if ($json.Words[$at].Kind -cne '{') { return $false }
            $at = Find-Member $json $at $name
            if ($at -lt 0) { return $false }
        }
        $true
    }

    function Join-Parts($json, [string]$open, [string[]]$parts, [string]$shut, [string]$indent, [string]$style) {
        if ($style -cne 'lines') { return $open + [string]::Join(', ', $parts) + $shut }
        $line = $json.LineEnd + $indent + $json.Unit
        $open + $line + [string]::Join(",$line", $parts) + $json.LineEnd + $indent + $shut
    }

    # An edit's value within the names that are missing, from the one at $from on.
    function Format-New($json, $edit, [int]$from, [string]$indent, [string]$style) {
        $deeper = $indent + $json.Unit
        if ($from -lt $edit.Path.Count) {
            $member = "`"$($edit.Path[$from])`": " + (Format-New $json $edit ($from + 1) $deeper $style)
            return Join-Parts $json '{' @($member) '}' $indent $style
        }
        if ($edit.Kind -ceq 'item') { return Join-Parts $json '[' @(Format-Item $json $edit $deeper $style) ']' $indent $style }
        $edit.Literal
    }

    function Format-Item($json, $edit, [string]$indent, [string]$style) {
        $members = @($edit.Same) + @($edit.Set) | ForEach-Object { "`"$($_[0])`": `"$($_[1])`"" }
        Join-Parts $json '{' @($members) '}' $indent $style
    }

    # Adds something behind all that is in brackets; $part makes it, for an indent and a style.
    function Add-Part($json, [int]$open, [string]$style, [scriptblock]$part) {
        $words = $json.Words
        $close = $words[$open].Close
        $end = $words[$close].Trail
        $isEmpty = $close -eq $open + 1
        $base = Get-Indent $json $open
        $indent = if (-not $isEmpty -and $style -ceq 'lines') { Get-Indent $json ($open + 1) } else { $base + $json.Unit }
        if ($words[$close].TrailIsLine) { $style = 'lines' }
        $text = & $part $indent $style
        if ($style -ceq 'lines') { $text = $json.LineEnd + $indent + $text } elseif (-not $isEmpty) { $text = " $text" }
        $rest = $json.Text.Substring($end, $words[$close].Start - $end)
        if ($style -ceq 'lines' -and $isEmpty -and $rest.IndexOf([char]10) -lt 0) { $text += $json.LineEnd + $base }
        $result = $json.Text.Insert($end, $text)
        $last = $words[$close - 1]
        if (-not $isEmpty -and $last.Kind -cne ',') { $result = $result.Insert($last.End, ',') }
        $result
    }

    # The text with a value in the place of one of its kind; $null if it is there already.
    function Set-Word($json, [int]$word, [string]$literal, [string]$path) {
        $is = $json.Words[$word]
        $text = $json.Text.Substring($is.Start, $is.End - $is.Start)
        if ($literal -ceq 'true') {
            if ($text -cne 'true' -and $text -cne 'false') { Deny "$path is something else than true or false: change or remove it" }
            if ($text -ceq 'true') { return $null }
        } else {
            if ($is.Kind -cne 's') { Deny "$path is something else than a text: change or remove it" }
            if (Test-Says $json $word $literal.Substring(1, $literal.Length - 2)) { return $null }
        }
        $json.Text.Remove($is.Start, $is.End - $is.Start).Insert($is.Start, $literal)
    }

    function Find-Item($json, [int]$array, $edit, [string]$label) {
        if ($json.Words[$array].Kind -cne '[') { Deny "$($edit.Path -join '.') is something else than an array: change or remove it" }
        $found = -1
        $at = $array + 1
        while ($at -lt $json.Words[$array].Close) {
            if ($json.Words[$at].Kind -ceq '{') {
                $isIt = $true
                foreach ($pair in $edit.Same) {
                    $value = Find-Member $json $at $pair[0]
                    if ($value -lt 0 -or -not (Test-Says $json $value $pair[1])) { $isIt = $false }
                }
                if ($isIt -and $found -ge 0) { Deny "$label stands in it twice: take one out" }
                if ($isIt) { $found = $at }
            }
            $at = Get-Behind $json $at
        }
        $found
    }

    function Merge-Json([string]$text, $edits, $told) {
        if ($text -cmatch '\A[ \t\r\n]*\z') { $text = "{}`n" }
        foreach ($edit in $edits) {
            $json = Read-Json $text
            if ($edit.Kind -ceq 'clash') {
                if (Test-Path-In $json $edit.Path) { $told.Notes.Add("$($edit.Path -join '.') is set there too: $($edit.Advice)") }
                continue
            }
            $way = Find-Path $json $edit.Path
            $path = $edit.Path -join '.'
            if ($edit.Kind -ceq 'set') {
                if ($way.Left -ge 0) {
                    $text = Add-Part $json $way.At $way.Style { param($indent, $style) "`"$($edit.Path[$way.Left])`": " + (Format-New $json $edit ($way.Left + 1) $indent $style) }
                } else {
                    $changed = Set-Word $json $way.At $edit.Literal $path
                    if ($null -eq $changed) { continue }
                    $text = $changed
                }
                $told.Changes.Add("$path = $(Get-Shown $edit.Literal.Trim('"'))")
                continue
            }
            $label = "$path[$($edit.Same[0][1])]"
            $item = -1
            if ($way.Left -ge 0) {
                $text = Add-Part $json $way.At $way.Style { param($indent, $style) "`"$($edit.Path[$way.Left])`": " + (Format-New $json $edit ($way.Left + 1) $indent $style) }
            } else {
                $item = Find-Item $json $way.At $edit $label
                if ($item -lt 0) { $text = Add-Part $json $way.At $way.Style { param($indent, $style) Format-Item $json $edit $indent $style } }
            }
            foreach ($pair in $edit.Set) {
                if ($item -ge 0) {
                    $json = Read-Json $text
                    $value = Find-Member $json $item $pair[0]
                    if ($value -lt 0) {
                        $text = Add-Part $json $item (Get-Style $json $item 'lines') { "`"$($pair[0])`": `"$($pair[1])`"" }
                    } else {
                        $changed = Set-Word $json $value "`"$($pair[1])`"" "$label.$($pair[0])"
                        if ($null -eq $changed) { continue }
                        $text = $changed
                    }
                }
                $told.Changes.Add("$label.$($pair[0]) = $(Get-Shown $pair[1])")
            }
        }
        [void](Read-Words $text)
        $text
    }

    # ---- TOML: read statement by statement; what is ours is remembered by its place

    function Pass($toml, [string]$pattern) {
        $match = ([regex]"\G(?:$pattern)").Match($toml.Text, $toml.At)
        if (-not $match.Success) { return $false }
        $toml.At += $match.Length
        $true
    }

    function Deny-Toml($toml, [string]$what) { Deny "line $(Get-Line $toml.Text $toml.At): $what" }

    function Deny-Unusual([string]$what) { Deny "$what is written in a way this does not change: write it as a table with a header, or remove it" }

    function Test-LineEnd($toml) {
        [void](Pass $toml '[ \t]+')
        [void](Pass $toml '#[^\r\n]*')
        $toml.At -ge $toml.Text.Length -or $toml.Text[$toml.At] -ceq [char]10 -or [string]::CompareOrdinal($toml.Text, $toml.At, "`r`n", 0, 2) -eq 0
    }

    function Read-Key($toml) {
        $names = New-Object 'System.Collections.Generic.List[string]'
        do {
            [void](Pass $toml '[ \t]+')
            $from = $toml.At
            if (Pass $toml '[A-Za-z0-9_-]+') { $names.Add($toml.Text.Substring($from, $toml.At - $from)) }
            elseif ((Pass $toml '"[^"\\\r\n]*"') -or (Pass $toml "'[^'\r\n]*'")) { $names.Add($toml.Text.Substring($from + 1, $toml.At - $from - 2)) }
            else { Deny-Toml $toml 'a name that is not understood' }
            [void](Pass $toml '[ \t]+')
        } while (Pass $toml '\.')
        , $names.ToArray()
    }

    $escape = '\\["\\bfnrte]|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}'
    $scalar = '\A(?:true|false|[-+]?(?:inf|nan)|[-+]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][-+]?[0-9](?:_?[0-9])*)?|0x[0-9a-fA-F](?:_?[0-9a-fA-F])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:[Zz]|[-+][0-9]{2}:[0-9]{2})?)?|[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)\z'

    # Reads a value; returns the text it is, '' for one that is written with escapes or in lines, $null for no text.
    function Read-Value($toml) {
        $from = $toml.At
        if (Pass $toml "`"`"`"(?:[^`"\\]|\\[\s\S]|`"(?!`"`"))*`"`"`"`"{0,2}|'''(?:[^']|'(?!''))*''''{0,2}") { return '' }
        if ([string]::CompareOrdinal($toml.Text, $from, '"""', 0, 3) -eq 0 -or [string]::CompareOrdinal($toml.Text, $from, "'''", 0, 3) -eq 0) { Deny-Toml $toml 'a text that does not end' }
        if (Pass $toml "`"(?:[^`"\\\x00-\x08\x0a-\x1f\x7f]|$escape)*`"") {
            $inside = $toml.Text.Substring($from + 1, $toml.At - $from - 2)
            if ($inside.IndexOf('\', $ordinal) -ge 0) { return '' }
            return $inside
        }
        if (Pass $toml "'[^'\x00-\x08\x0a-\x1f\x7f]*'") { return $toml.Text.Substring($from + 1, $toml.At - $from - 2) }
        if (Pass $toml '\[') { Read-Inside $toml ']'; return $null }
        if (Pass $toml '\{') { Read-Inside $toml '}'; return $null }
        if (-not (Pass $toml '[-+.:_0-9A-Za-z]+')) { Deny-Toml $toml 'a value that is not understood' }
        if ($toml.Text.Substring($from, $toml.At - $from) -cnotmatch $scalar) { $toml.At = $from; Deny-Toml $toml 'a value that is not understood' }
        if ($toml.At - $from -eq 10 -and $toml.Text[$from + 4] -ceq [char]'-') { [void](Pass $toml ' [0-9]{2}:[-+.:0-9Zz]+') }
        $null
    }

    function Read-Inside($toml, [string]$close) {
        $blank = '(?:[ \t\n]|\r\n|#[^\r\n]*)+'
        $end = [regex]::Escape($close)
        while ($true) {
            [void](Pass $toml $blank)
            if (Pass $toml $end) { return }
            if ($close -ceq '}') {
                [void](Read-Key $toml)
                if (-not (Pass $toml '=[ \t]*')) { Deny-Toml $toml 'a table that is not understood' }
            }
            [void](Read-Value $toml)
            [void](Pass $toml $blank)
            if (Pass $toml $end) { return }
            if (-not (Pass $toml ',')) { Deny-Toml $toml 'something that may not stand there' }
        }
    }

    function Enter-Table($toml, [string[]]$names, [bool]$isList) {
        $full = ''
        for ($i = 0; $i -lt $names.Count; $i++) {
            $full += "`0" + $names[$i]
            if ($toml.Seen.Contains("key$full")) { Deny-Toml $toml 'a table where something else is' }
            if ($toml.Lists.ContainsKey($full) -and ($i -lt $names.Count - 1 -or -not $isList)) { $full += "`0" + $toml.Lists[$full] }
        }
        $path = $names -join '.'
        if ($names[0] -ceq 'model_provider') { Deny 'model_provider is something else than a text: change or remove it' }
        if ($isList -and ($path -ceq 'model_providers' -or $path -ceq 'model_providers.carpool')) { Deny-Unusual $path }
        if ($names.Count -gt 2 -and $path.StartsWith('model_providers.carpool.', $ordinal) -and $toml.Ours -ccontains $names[2]) { Deny "model_providers.carpool.$($names[2]) is something else than a text: change or remove it" }
        if ($isList) {
            if ($toml.Seen.Contains("table$full")) { Deny-Toml $toml 'a list where a table is' }
            $toml.Lists[$full] = 1 + $(if ($toml.Lists.ContainsKey($full)) { $toml.Lists[$full] } else { 0 })
            $full += "`0" + $toml.Lists[$full]
        } elseif ($toml.Seen.Contains("table$full") -or $toml.Seen.Contains("part$full")) { Deny-Toml $toml 'a table that is there already' }
        [void]$toml.Seen.Add("table$full")
        $toml.Table = $full
        $toml.Path = $path
    }

    # What of ours a key is; '' if it is not.
    function Get-Ours($toml, [string[]]$names) {
        $dotted = $names.Count -gt 1
        if ($toml.Table -ceq '' -and $names[0] -ceq 'model_provider') {
            if ($dotted) { Deny 'model_provider is something else than a text: change or remove it' }
            return 'model_provider'
        }
        if ($toml.Table -ceq '' -and $names[0] -ceq 'model_providers') { Deny-Unusual 'model_providers' }
        if ($toml.Path -ceq 'model_providers' -and $names[0] -ceq 'carpool') { Deny-Unusual 'model_providers.carpool' }
        if ($toml.Path -cne 'model_providers.carpool' -or $toml.Ours -cnotcontains $names[0]) { return '' }
        $path = "model_providers.carpool.$($names[0])"
        if ($dotted) { Deny "$path is something else than a text: change or remove it" }
        $path
    }

    function Read-Toml([string]$text, [string[]]$ours) {
        $toml = @{
            Text = $text; At = 0; Table = ''; Path = ''; HeaderEnd = -1; Ours = $ours; Found = @{}
            Seen = (New-Object 'System.Collections.Generic.HashSet[string]' ([StringComparer]::Ordinal))
            Lists = (New-Object 'System.Collections.Generic.Dictionary[string,int]' ([StringComparer]::Ordinal))
        }
        while ($toml.At -lt $text.Length) {
            $line = $toml.At
            if (Test-LineEnd $toml) { [void](Pass $toml '\r?\n'); continue }
            if ($text[$toml.At] -ceq [char]'[') {
                $isList = Pass $toml '\[\['
                if (-not $isList) { [void](Pass $toml '\[') }
                $names = Read-Key $toml
                if (-not (Pass $toml $(if ($isList) { '\]\]' } else { '\]' }))) { Deny-Toml $toml "a table's name that does not end" }
                Enter-Table $toml $names $isList
                if (-not (Test-LineEnd $toml)) { Deny-Toml $toml "something behind a table's name" }
                if ($toml.Path -ceq 'model_providers.carpool' -and -not $isList) { $toml.HeaderEnd = $toml.At }
                [void](Pass $toml '\r?\n')
                continue
            }
            $names = Read-Key $toml
            if (-not (Pass $toml '=[ \t]*')) { Deny-Toml $toml "neither a setting nor a table's name" }
            $what = Get-Ours $toml $names
            $around = $toml.Table
            for ($i = 0; $i -lt $names.Count; $i++) {
                $around += "`0" + $names[$i]
                $isLast = $i -eq $names.Count - 1
                if ($toml.Seen.Contains("key$around") -or $toml.Seen.Contains("table$around") -or ($isLast -and $toml.Seen.Contains("part$around"))) { Deny-Toml $toml 'a setting that is there already' }
                [void]$toml.Seen.Add($(if ($isLast) { "key$around" } else { "part$around" }))
            }
            $from = $toml.At
            $is = Read-Value $toml
            $to = $toml.At
            if (-not (Test-LineEnd $toml)) { Deny-Toml $toml 'something behind a value' }
            [void](Pass $toml '\r?\n')
            if ($what) { $toml.Found[$what] = @{ Is = $is; From = $from; To = $to; Line = $line; Behind = $toml.At } }
        }
        $toml
    }

    # Puts other texts into places, the last one first, so that the places of the others stay.
    function Set-Places([string]$text, $cuts) {
        foreach ($cut in @($cuts | Sort-Object -Property { $_.From } -Descending)) { $text = $text.Remove($cut.From, $cut.To - $cut.From).Insert($cut.From, $cut.With) }
        $text
    }

    function Merge-Toml([string]$text, $edits, $told) {
        $end = Get-LineEnd $text
        $toml = Read-Toml $text (@($edits.Table | ForEach-Object { $_[0] }) + $edits.Drop)
        $cuts = New-Object 'System.Collections.Generic.List[object]'
        $missing = New-Object 'System.Collections.Generic.List[string]'
        $settings = @(, @('model_provider', $edits.Root)) + @($edits.Table | ForEach-Object { , @("model_providers.carpool.$($_[0])", $_[1]) })
        foreach ($pair in $settings) {
            $found = $toml.Found[$pair[0]]
            $line = "$($pair[0].Substring($pair[0].LastIndexOf('.') + 1)) = `"$($pair[1])`""
            if ($null -ne $found) {
                if ($null -eq $found.Is) { Deny "$($pair[0]) is something else than a text: change or remove it" }
                if ($found.Is -ceq $pair[1]) { continue }
                $cuts.Add(@{ From = $found.From; To = $found.To; With = "`"$($pair[1])`"" })
            } elseif ($pair[0] -ceq 'model_provider') {
                $cuts.Add(@{ From = 0; To = 0; With = $line + $end })
            } else { $missing.Add($line) }
            $told.Changes.Add("$($pair[0]) = $(Get-Shown $pair[1])")
        }
        $dropped = $toml.Found["model_providers.carpool.$($edits.Drop)"]
        if ($null -ne $dropped) {
            if ($null -eq $dropped.Is) { Deny "model_providers.carpool.$($edits.Drop) is something else than a text: change or remove it" }
            $cuts.Add(@{ From = $dropped.Line; To = $dropped.Behind; With = '' })
            $told.Changes.Add("model_providers.carpool.$($edits.Drop) removed")
        }
        if ($toml.HeaderEnd -ge 0 -and $missing.Count) { $cuts.Add(@{ From = $toml.HeaderEnd; To = $toml.HeaderEnd; With = $end + [string]::Join($end, $missing) }) }
        $result = Set-Places $text $cuts
        if ($toml.HeaderEnd -ge 0) { return $result }
        $lines = @('[model_providers.carpool]') + $missing.ToArray()
        if ($result.Length) { $lines = @('') + $lines }
        Add-Lines $result $lines
    }

    # ---- Lines of NAME=value

    function Merge-Env([string]$text, $edits, $told) {
        $found = New-Object System.Collections.Hashtable ([StringComparer]::Ordinal)
        $at = 0
        $number = 0
        foreach ($whole in $text.Split([char]10)) {
            $number++
            $line = $whole
            if ($at + $whole.Length -lt $text.Length -and $line.EndsWith("`r", $ordinal)) { $line = $line.Substring(0, $line.Length - 1) }
            if ($line.IndexOf([char]13) -ge 0) { Deny "line ${number}: a carriage return in the middle" }
            $match = [regex]::Match($line, '\A[ \t]*(?:export[ \t]+)?([A-Za-z0-9_.-]+)[ \t]*=[ \t]*')
            if ($match.Success) {
                $rest = $line.Substring($match.Length)
                $value = [regex]::Match($rest, '\A(?:"[^"\\]*"|''[^''\\]*''|`[^`\\]*`)(?=[ \t]*(?:#.*)?\z)')
                if (-not $value.Success) {
                    if ($rest -cmatch '\A["''`]') { Deny "line ${number}: a value in quotes that does not end there" }
                    $value = [regex]::Match($rest, '\A(?:[^#]*[^# \t])?')
                }
                $name = $match.Groups[1].Value
                $is = $value.Value
                if ($is.Length -gt 1 -and $is -cmatch '\A["''`]') { $is = $is.Substring(1, $is.Length - 2) }
                $from = $at + $match.Length
                $found[$name] = @{ Is = $is; From = $from; To = $from + $value.Length; IsTwice = $found.ContainsKey($name) }
            }
            $at += $whole.Length + 1
        }
        $cuts = New-Object 'System.Collections.Generic.List[object]'
        $added = New-Object 'System.Collections.Generic.List[string]'
        foreach ($pair in $edits) {
            $line = $found[$pair[0]]
            if ($null -eq $line) { $added.Add("$($pair[0])=$($pair[1])") }
            elseif ($line.IsTwice) { Deny "$($pair[0]) stands in it twice: take one out" }
            elseif ($line.Is -ceq $pair[1]) { continue }
            else { $cuts.Add(@{ From = $line.From; To = $line.To; With = $pair[1] }) }
            $told.Changes.Add("$($pair[0]) = $(Get-Shown $pair[1])")
        }
        $result = Set-Places $text $cuts
        if ($added.Count) { Add-Lines $result $added.ToArray() } else { $result }
    }

    # ---- The clients' files

    function Get-Folder([string]$variable, [string]$inside, [string]$otherwise) {
        $named = [Environment]::GetEnvironmentVariable($variable)
        if (-not $named) { return Join-Path $env:USERPROFILE $otherwise }
        if ($inside) { Join-Path $named $inside } else { $named }
    }

    function New-Set([string[]]$path, [string]$literal) { @{ Kind = 'set'; Path = $path; Literal = $literal } }

    function New-Item-Edit([string]$path, $same, $set) { @{ Kind = 'item'; Path = @($path); Same = $same; Set = $set } }

    function Get-Files([string]$client) {
        switch ($client) {
            'claude-code' {
                @{
                    Path = Join-Path (Get-Folder 'CLAUDE_CONFIG_DIR' '' '.claude') 'settings.json'; Kind = 'json'
                    Edits = @(
                        (New-Set @('env', 'ANTHROPIC_BASE_URL') "`"$address/api`""), (New-Set @('env', 'ANTHROPIC_AUTH_TOKEN') "`"$key`""),
                        @{ Kind = 'clash'; Path = @('env', 'ANTHROPIC_API_KEY'); Advice = 'Claude Code sends it beside your key, and a call with two different keys is refused: remove it' },
                        @{ Kind = 'clash'; Path = @('apiKeyHelper'); Advice = 'Claude Code may ask it for a key and send that beside yours; if calls are refused, remove it' }
                    )
                }
            }
            'codex' {
                @{
                    Path = Join-Path (Get-Folder 'CODEX_HOME' '' '.codex') 'config.toml'; Kind = 'toml'
                    Edits = @{
                        Root = 'carpool'; Drop = 'env_key'
                        Table = @(@('name', 'Carpool'), @('base_url', "$address/openai"), @('wire_api', 'responses'), @('experimental_bearer_token', $key))
                    }
                }
            }
            'gemini-cli' {
                $folder = Get-Folder 'GEMINI_CLI_HOME' '.gemini' '.gemini'
                @{ Path = Join-Path $folder '.env'; Kind = 'env'; Edits = @(@('GOOGLE_GEMINI_BASE_URL', "$address/gemini"), @('GEMINI_API_KEY', $key)) }
                @{ Path = Join-Path $folder 'settings.json'; Kind = 'json'; Edits = @(New-Set @('security', 'auth', 'selectedType') '"gemini-api-key"') }
            }
            'droid' {
                $claude = New-Item-Edit 'custom_models' @(@('model', 'claude-sonnet-4-5'), @('model_display_name', 'Claude Sonnet 4.5 (Carpool)')) @(@('base_url', "$address/droid/claude"), @('api_key', $key), @('provider', 'anthropic'))
                $gpt = New-Item-Edit 'custom_models' @(@('model', 'gpt-5'), @('model_display_name', 'GPT-5 (Carpool)')) @(@('base_url', "$address/droid/openai/v1"), @('api_key', $key), @('provider', 'openai'))
                @{ Path = Join-Path $env:USERPROFILE '.factory\config.json'; Kind = 'json'; Edits = @($claude, $gpt) }
            }
            'vscode' {
                $list = 'claudeCode.environmentVariables'
                @{
                    Path = Join-Path $env:APPDATA 'Code\User\settings.json'; Kind = 'json'
                    Edits = @(
                        (New-Item-Edit $list @(, @('name', 'ANTHROPIC_BASE_URL')) @(, @('value', "$address/api"))),
                        (New-Item-Edit $list @(, @('name', 'ANTHROPIC_AUTH_TOKEN')) @(, @('value', $key))),
                        (New-Set @('claudeCode.disableLoginPrompt') 'true')
                    )
                }
            }
        }
    }

    # The clients that are on this machine, by their programs or folders.
    function Find-Clients {
        $known = @(@('claude-code', 'claude', '.claude'), @('codex', 'codex', '.codex'), @('gemini-cli', 'gemini', '.gemini'), @('droid', 'droid', '.factory'))
        foreach ($one in $known) {
            if ((Get-Command $one[1] -ErrorAction SilentlyContinue) -or (Test-Path (Join-Path $env:USERPROFILE $one[2]))) { $one[0] }
        }
        if ((Get-Command code -ErrorAction SilentlyContinue) -or (Test-Path (Join-Path $env:APPDATA 'Code\User'))) { 'vscode' }
    }

    # The file that a link leads to, so that the link stays.
    function Get-RealPath([string]$path) {
        for ($links = 0; $links -lt 20; $links++) {
            $item = Get-Item -LiteralPath $path -Force -ErrorAction SilentlyContinue
            if ($null -eq $item -or $item.LinkType -cne 'SymbolicLink') { return $path }
            $target = @($item.Target)[0]
            $path = if ([IO.Path]::IsPathRooted($target)) { $target } else { Join-Path (Split-Path $path) $target }
        }
        Deny 'it is a link that leads nowhere'
    }

    # What a file is to be, as bytes, beside what it is.
    function Read-File($file) {
        $path = Get-RealPath $file.Path
        $told = @{ Changes = (New-Object 'System.Collections.Generic.List[string]'); Notes = (New-Object 'System.Collections.Generic.List[string]') }
        $isThere = Test-Path -LiteralPath $path
        [byte[]]$before = @()
        if ($isThere) { $before = [IO.File]::ReadAllBytes($path) }
        $mark = if ($before.Length -ge 3 -and $before[0] -eq 0xEF -and $before[1] -eq 0xBB -and $before[2] -eq 0xBF) { 3 } else { 0 }
        try { $text = $strict.GetString($before, $mark, $before.Length - $mark) } catch { Deny 'it is not text in UTF-8' }
        if ($text.IndexOf([char]0) -ge 0) { Deny 'it is not text in UTF-8' }
        $after = switch ($file.Kind) {
            'json' { Merge-Json $text $file.Edits $told }
            'toml' { Merge-Toml $text $file.Edits $told }
            'env' { Merge-Env $text $file.Edits $told }
        }
        [byte[]]$bytes = $strict.GetBytes([string]$after)
        if ($mark) { [byte[]]$bytes = @(0xEF, 0xBB, 0xBF) + $bytes }
        @{ Path = $path; IsThere = $isThere; IsSame = ($isThere -and $after -ceq $text); Bytes = $bytes; Told = $told }
    }

    # Puts bytes into a file at once, or leaves it as it is; its rights stay, a new one has those of its folder.
    function Write-File([string]$path, [byte[]]$bytes) {
        $beside = "$path.carpool-new-$PID"
        try {
            [IO.File]::WriteAllBytes($beside, $bytes)
            if (Test-Path -LiteralPath $path) { [IO.File]::Replace($beside, $path, [NullString]::Value) } else { [IO.File]::Move($beside, $path) }
        } finally { Remove-Item -LiteralPath $beside -Force -ErrorAction SilentlyContinue }
    }

    function Set-Client([string]$client, [bool]$isDry) {
        Write-Host $client
        $files = @(foreach ($file in @(Get-Files $client)) {
                try { Read-File $file } catch [System.FormatException] { throw "$($file.Path) is left as it is: $($_.Exception.Message)" }
            })
        $changed = @($files | Where-Object { -not $_.IsSame })
        $stamp = ''
        foreach ($letter in @('', 'b', 'c', 'd', 'e', 'f', 'g', 'h')) {
            $stamp = $now + $letter
            $taken = @($changed | Where-Object { (Test-Path -LiteralPath "$($_.Path).carpool-backup-$stamp") -or (Test-Path -LiteralPath "$($_.Path).carpool-backup-$stamp.none") })
            if ($taken.Count -eq 0) { break }
            $stamp = ''
        }
        if (-not $stamp) { throw 'this was run too often within a second: try again' }
        foreach ($file in $files) {
            foreach ($note in $file.Told.Notes) { Write-Host "  note: $note" }
            if ($file.IsSame) { continue }
            if ($isDry) {
                Write-Host "  would change $($file.Path)"
            } else {
                $kept = "$($file.Path).carpool-backup-$stamp"
                [void][IO.Directory]::CreateDirectory((Split-Path $file.Path))
                if ($file.IsThere) { [IO.File]::Copy($file.Path, $kept, $false) } else { [IO.File]::WriteAllBytes("$kept.none", [byte[]]@()) }
                Write-File $file.Path $file.Bytes
                if ($file.IsThere) { Write-Host "  changed $($file.Path)"; Write-Host "    before: $kept" } else { Write-Host "  made $($file.Path)" }
            }
            foreach ($change in $file.Told.Changes) { Write-Host "    $change" }
        }
        $clashes = @(switch ($client) { 'claude-code' { 'ANTHROPIC_API_KEY' } 'gemini-cli' { 'GOOGLE_GEMINI_BASE_URL'; 'GEMINI_API_KEY' } })
        foreach ($name in $clashes) {
            if ([Environment]::GetEnvironmentVariable($name)) { Write-Host "  note: the variable $name is set and gets in the way of the file. Run: Remove-Item Env:$name (and remove it from your user's variables)" }
        }
        if ($changed.Count -eq 0) { Write-Host '  nothing to change: it is set up already' }
        elseif (-not $isDry) { Write-Host "  to undo: `$env:CARPOOL_UNDO='1'; `$env:CARPOOL_CLIENT='$client'; irm $address/i/setup.ps1 | iex" }
    }

    # Takes the latest change of a client back.
    function Undo-Client([string]$client) {
        Write-Host $client
        $paths = @(foreach ($file in @(Get-Files $client)) { Get-RealPath $file.Path })
        $stamps = @(foreach ($path in $paths) {
                $folder = Split-Path $path
                $before = "$(Split-Path $path -Leaf).carpool-backup-"
                if (Test-Path -LiteralPath $folder) {
                    foreach ($item in @(Get-ChildItem -LiteralPath $folder -Force | Where-Object { $_.Name.StartsWith($before, $ordinal) })) { $item.Name.Substring($before.Length) -creplace '\.none\z', '' }
                }
            })
        if ($stamps.Count -eq 0) { throw "nothing of $client was changed by this script" }
        [Array]::Sort($stamps, [StringComparer]::Ordinal)
        $latest = $stamps[$stamps.Count - 1]
        foreach ($path in $paths) {
            $kept = "$path.carpool-backup-$latest"
            $isKept = Test-Path -LiteralPath $kept
            if (-not $isKept -and -not (Test-Path -LiteralPath "$kept.none")) { continue }
            $aside = "$path.carpool-undone-$now"
            if (Test-Path -LiteralPath $path) { [IO.File]::Copy($path, $aside, $true) }
            if ($isKept) {
                Write-File $path ([IO.File]::ReadAllBytes($kept))
                Remove-Item -LiteralPath $kept -Force
                Write-Host "  restored $path"
            } else {
                Remove-Item -LiteralPath $path -Force -ErrorAction SilentlyContinue
                Remove-Item -LiteralPath "$kept.none" -Force
                Write-Host "  removed $path, which was not there before"
            }
            if (Test-Path -LiteralPath $aside) { Write-Host "    what it was until now, with the key: $aside (delete it if you do not need it)" }
        }
    }

    $now = [DateTime]::UtcNow.ToString('yyyyMMdd-HHmmss', [Globalization.CultureInfo]::InvariantCulture)
    try {
        if ($env:OS -cne 'Windows_NT') { throw 'this is for Windows: elsewhere use setup.sh' }
        $isUndo = $env:CARPOOL_UNDO -ceq '1'
        if ($isUndo) { $address = 'http://localhost'; $key = 'cr_' + '0' * 64 }
        else {
            $address = "$env:CARPOOL_URL".TrimEnd('/')
            $key = "$env:CARPOOL_KEY"
            if ($address -cnotmatch '\Ahttps?://[A-Za-z0-9\[][A-Za-z0-9._~:/\[\]-]*\z') { throw 'CARPOOL_URL is not an address: copy the whole line from the page' }
            if ($key -cnotmatch '\Acr_[0-9a-f]{64}\z') { throw 'CARPOOL_KEY is not a key: it is cr_ and 64 digits of 0-9 and a-f, copy all of it' }
        }
        $known = @('claude-code', 'codex', 'gemini-cli', 'droid', 'vscode')
        $clients = @("$env:CARPOOL_CLIENT".Split([char[]]@(',', ' '), [StringSplitOptions]::RemoveEmptyEntries))
        if ($clients -ccontains 'all') { $clients = @(Find-Clients) }
        if ($clients.Count -eq 0) { throw "name a client in CARPOOL_CLIENT: $($known -join ', '), or all (none was found here)" }
        foreach ($client in $clients) { if ($known -cnotcontains $client) { throw "there is no '$client': name $($known -join ', ') or all" } }
        foreach ($client in $clients) {
            try { if ($isUndo) { Undo-Client $client } else { Set-Client $client ($env:CARPOOL_DRY_RUN -ceq '1') } }
            catch { Write-Host "carpool: $($_.Exception.Message)" -ForegroundColor Red }
        }
    } catch { Write-Host "carpool: $($_.Exception.Message)" -ForegroundColor Red }
    finally {
        # Or the next line that is pasted here would do something else than it says.
        foreach ($name in @('CARPOOL_URL', 'CARPOOL_KEY', 'CARPOOL_CLIENT', 'CARPOOL_UNDO', 'CARPOOL_DRY_RUN')) { [Environment]::SetEnvironmentVariable($name, $null) }
    }
}
