//! Settings files as people have them, made up: comments, odd white space, settings of other programs, texts with quotes and
//! brackets in them, and here and there a setting of ours, an old one or one of another kind.
//!
//! What we would replace is known apart, so that a test can tell what was anybody else's.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
};

/// Stand around what we would replace, while a file is put together.
const OURS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// What stands in it.
    pub(crate) text: String,
    /// The same without what we would replace.
    pub(crate) others: String,
}

impl Document {
    fn of(marked: &str) -> Self {
        let mut others = String::new();
        for part in marked.split(OURS[1]) {
            others.push_str(part.split(OURS[0]).next().unwrap_or_default());
        }
        Self { text: marked.replace(OURS, ""), others }
    }
}

fn ours(text: &str) -> String {
    format!("{}{text}{}", OURS[0], OURS[1])
}

/// How a file begins and ends its lines.
#[derive(Clone, Copy, Debug)]
struct Dress {
    has_mark: bool,
    has_crlf: bool,
    has_last_line_end: bool,
}

fn dress() -> impl Strategy<Value = Dress> {
    let weighted = prop::bool::weighted;
    (weighted(0.15), weighted(0.3), weighted(0.7)).prop_map(|(has_mark, has_crlf, has_last_line_end)| Dress {
        has_mark,
        has_crlf,
        has_last_line_end,
    })
}

fn dressed(text: &str, dress: Dress) -> String {
    let text = text.trim_end_matches('\n').to_owned() + if dress.has_last_line_end { "\n" } else { "" };
    let text = if dress.has_crlf { text.replace('\n', "\r\n") } else { text };
    if dress.has_mark { format!("\u{feff}{text}") } else { text }
}

/// A file of a client's, by the client's id and the file's name.
pub(crate) fn document(client: &str, name: &str) -> BoxedStrategy<Document> {
    let text = match (client, name) {
        ("claude-code", "settings.json") => claude_code().boxed(),
        ("codex", "config.toml") => toml().boxed(),
        ("gemini-cli", ".env") => variables().boxed(),
        ("gemini-cli", "settings.json") => nested(&["security", "auth", "selectedType"]),
        ("droid", "config.json") => droid().boxed(),
        ("vscode", "settings.json") => vscode().boxed(),
        (client, name) => panic!("{client} has a new file {name}: say here what may stand in it"),
    };
    prop_oneof![
        1 => select(vec!["", "\n", " \t\n"]).prop_map(|text| Document { text: text.to_owned(), others: String::new() }),
        15 => (text, dress()).prop_map(|(text, dress)| Document::of(&dressed(&text, dress))),
    ]
    .boxed()
}

/// White space and comments between the words of a JSON text.
fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => Just(""),
        4 => Just(" "),
        4 => Just("\n  "),
        2 => Just("\n"),
        1 => Just("\n\t"),
        1 => Just(" /* {\"ü\": ] ' */ "),
        1 => Just(" // it's [\"阿\n"),
        1 => Just("/**/\n    "),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let texts = [
        r#""plain""#,
        r#""""#,
        r#""ü 阿 🚗""#,
        r#""a \"b\" \\ \u00e9\n""#,
        r#""// no comment""#,
        r#""{[/*""#,
        r#""\/""#,
        r#""\ud83d\ude97""#,
    ];
    select(texts.to_vec()).prop_map(str::to_owned)
}

fn value() -> BoxedStrategy<String> {
    let words = ["0", "-1.5e+3", "12", "true", "false", "null", "0.25"].map(str::to_owned);
    prop_oneof![text(), select(words.to_vec())]
        .prop_recursive(3, 16, 4, |inside| prop_oneof![array(vec(inside.clone(), 0..4)), object(members(inside))])
        .boxed()
}

/// Members that are not ours; the names come in any order and may be twice.
fn members(value: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<(String, String)>> {
    let names = [r#""a""#, r#""model""#, r#""x.y""#, r#""ключ""#, r#""q\"q""#, r#""permissions""#].map(str::to_owned);
    vec((select(names.to_vec()), value), 0..4)
}

fn joined(parts: Vec<(String, &str, &str)>, [open, close]: [&str; 2], has_comma: bool, last: &str) -> String {
    let comma = if has_comma && !parts.is_empty() { "," } else { "" };
    let parts: Vec<_> = parts.into_iter().map(|(part, before, behind)| format!("{before}{part}{behind}")).collect();
    format!("{open}{}{comma}{last}{close}", parts.join(","))
}

fn array(elements: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = String> {
    (elements, vec((space(), space()), 8), prop::bool::weighted(0.2), space()).prop_map(
        |(elements, spaces, comma, last)| {
            let parts = elements.into_iter().zip(spaces).map(|(element, (before, behind))| (element, before, behind));
            joined(parts.collect(), ["[", "]"], comma, last)
        },
    )
}

fn object(members: impl Strategy<Value = Vec<(String, String)>>) -> impl Strategy<Value = String> {
    let spaces = vec((space(), space(), space(), space()), 8);
    (members, spaces, prop::bool::weighted(0.2), space()).prop_map(|(members, spaces, comma, last)| {
        let parts = members.into_iter().zip(spaces).map(|((name, value), (first, second, third, fourth))| {
            (format!("{name}{second}:{third}{value}"), first, fourth)
        });
        joined(parts.collect(), ["{", "}"], comma, last)
    })
}

/// An object with members of others and, mostly in some order, some of these.
fn object_with(ours: Vec<(&'static str, BoxedStrategy<String>)>) -> BoxedStrategy<String> {
    let count = ours.len();
    let ours: Vec<_> =
        ours.into_iter().map(|(name, value)| value.prop_map(move |value| (format!("\"{name}\""), value))).collect();
    let all = (members(value()), ours, 0..=count).prop_flat_map(|(others, ours, some)| {
        subsequence(ours, some).prop_flat_map(move |ours| {
            let all: Vec<_> = others.iter().cloned().chain(ours).collect();
            Just(all).prop_shuffle()
        })
    });
    object(all).boxed()
}

/// Now and then something else than it should be.
fn mostly(right: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop_oneof![20 => right, 1 => value()].boxed()
}

fn old() -> BoxedStrategy<String> {
    let texts = [r#""http:\/\/old""#, r#""""#, r#""old \u00e9 // ,""#].map(str::to_owned);
    mostly(select(texts.to_vec())).prop_map(|text| ours(&text)).boxed()
}

fn nested(path: &[&'static str]) -> BoxedStrategy<String> {
    match path {
        [] => old(),
        [name, rest @ ..] => {
            let inside = if rest.is_empty() { old() } else { mostly(nested(rest)) };
            object_with(vec![(*name, inside)])
        }
    }
}

fn claude_code() -> impl Strategy<Value = String> {
    let env = object_with(vec![("ANTHROPIC_BASE_URL", old()), ("ANTHROPIC_AUTH_TOKEN", old())]);
    object_with(vec![("env", mostly(env)), ("apiKeyHelper", text().boxed())])
}

/// An array of objects of which some are known by these members.
fn list(known: &[&[(&'static str, &'static str)]], ours: &[&'static str]) -> BoxedStrategy<String> {
    let items = known.iter().map(|known| {
        let fixed = known.iter().map(|(name, text)| (format!("\"{name}\""), format!("\"{text}\"")));
        let fixed: Vec<_> = fixed.collect();
        let some = vec(old(), ours.len()).prop_flat_map({
            let ours = ours.to_vec();
            move |olds| {
                let ours: Vec<_> = ours.iter().map(|name| format!("\"{name}\"")).zip(olds).collect();
                let most = ours.len();
                (0..=most).prop_flat_map(move |count| subsequence(ours.clone(), count))
            }
        });
        let all = (members(text()), some).prop_flat_map(move |(others, ours)| {
            let renamed = others.into_iter().map(|(name, value)| (name.replace("model", "mode"), value));
            Just(fixed.iter().cloned().chain(renamed).chain(ours).collect::<Vec<_>>()).prop_shuffle()
        });
        object(all).boxed()
    });
    let known: Vec<BoxedStrategy<String>> = items.collect();
    let most = known.len();
    let elements = (known, 0..=most, vec(value(), 0..3)).prop_flat_map(|(known, count, others)| {
        subsequence(known, count).prop_flat_map(move |known| {
            Just(known.into_iter().chain(others.clone()).collect::<Vec<_>>()).prop_shuffle()
        })
    });
    array(elements).boxed()
}

fn droid() -> impl Strategy<Value = String> {
    let known: [&[_]; 3] = [
        &[("model", "claude-sonnet-4-5"), ("model_display_name", "Claude Sonnet 4.5 (Carpool)")],
        &[("model", "gpt-5"), ("model_display_name", "GPT-5 (Carpool)")],
        &[("model", "gpt-5"), ("model_display_name", "mine")],
    ];
    object_with(vec![("custom_models", mostly(list(&known, &["base_url", "api_key", "provider"])))])
}

fn vscode() -> impl Strategy<Value = String> {
    let known: [&[_]; 3] =
        [&[("name", "ANTHROPIC_BASE_URL")], &[("name", "ANTHROPIC\\u005FAUTH_TOKEN")], &[("name", "PATH")]];
    let login = mostly(select(vec!["true".to_owned(), "false".to_owned()])).prop_map(|word| ours(&word)).boxed();
    object_with(vec![
        ("claudeCode.environmentVariables", mostly(list(&known, &["value"]))),
        ("claudeCode.disableLoginPrompt", login),
    ])
}

/// TOML, statement by statement; what is not ours has numbered names, so that none is twice.
fn toml() -> impl Strategy<Value = String> {
    let gap = || select(vec!["", "\n", "# a = [ 'ü\n", "  \t\n", "# [model_providers.carpool]\n\n"]);
    let setting =
        (select(VALUES.to_vec()), select(vec!["", "  # ü \"", "\t"]), select(vec![" = ", "=", "\t=  "]), gap());
    let settings = vec(setting, 0..4);
    let old = |name: &'static str| {
        let texts = ["\"old\"", "'old'", "\"old \\\"x\\\" \\u00e9\"", "\"\"\"\nold\n\"\"\"", "'''old'''"];
        let text = prop_oneof![20 => select(texts.to_vec()), 1 => select(VALUES.to_vec())].prop_map(ours);
        (text, select(vec!["", "  # was ü"]), gap())
            .prop_map(move |(text, behind, gap)| format!("{name} = {text}{behind}\n{gap}"))
    };
    // Its whole line is taken out.
    let dropped = select(vec!["env_key = \"CARPOOL_KEY\"\n", "  env_key='X' # mine\n"]).prop_map(ours);
    let provider = (
        settings.clone(),
        subsequence(vec![0, 1, 2, 3, 4], 0..=5).prop_shuffle(),
        (old("name"), old("base_url"), old("wire_api"), old("experimental_bearer_token"), dropped),
    );
    let provider = provider.prop_map(|(settings, some, ours)| {
        let ours = [ours.0, ours.1, ours.2, ours.3, ours.4];
        let ours: String = some.into_iter().map(|at: usize| ours[at].clone()).collect();
        format!("{ours}{}", numbered(&settings, "p"))
    });
    let header = select(vec![
        "[model_providers.carpool]\n",
        "[ model_providers . \"carpool\" ] # ours\n",
        "  [model_providers.carpool]\n",
    ]);
    let table = |name: &'static str, settings| {
        (Just(name), settings, gap())
            .prop_map(|(name, settings, gap): (_, Vec<_>, _)| format!("{name}\n{gap}{}", numbered(&settings, "t")))
    };
    let ours = (header, provider).prop_map(|(header, body)| format!("{header}{body}"));
    let tables = vec![
        ours.boxed(),
        table("[model_providers.other]", settings.clone()).boxed(),
        table("[\"projects\".'/home/ü'] # [", settings.clone()).boxed(),
        table("[[lists]]\n[lists.deep]\n[[lists]]", settings.clone()).boxed(),
        table("[model_providers.carpool.query_params]", settings.clone()).boxed(),
    ];
    let tables = (tables, 0..=5_usize).prop_flat_map(|(tables, count)| subsequence(tables, count).prop_shuffle());
    let root = prop_oneof![1 => Just(String::new()).boxed(), 1 => old("model_provider").boxed()];
    (gap(), settings.clone(), root, settings, tables).prop_map(|(gap, before, root, behind, tables)| {
        format!("{gap}{}{root}{}{}", numbered(&before, "a"), numbered(&behind, "b"), tables.concat())
    })
}

const VALUES: &[&str] = &[
    "1",
    "-2.5e3",
    "true",
    "'lit # eral'",
    "\"ba\\\"sic # [\"",
    "1979-05-27T07:32:00Z",
    "1979-05-27 07:32:00",
    "0xdead_beef",
    "inf",
    "[1, 2,\n  # model_provider = 'x'\n  3]",
    "{ a = 1, \"b.c\" = [ 'x' ] }",
    "\"\"\"\nmodel_provider = \"x\"\n[model_providers.carpool]\n\\\"\"\"\"\"",
    "'''\nname = 'x' ''\n'''",
    "[[], [{}]]",
];

fn numbered(settings: &[(&str, &str, &str, &str)], mark: &str) -> String {
    let lines = settings.iter().enumerate();
    lines.map(|(at, (value, behind, equals, gap))| format!("{mark}{at}{equals}{value}{behind}\n{gap}")).collect()
}

/// Lines of variables.
fn variables() -> impl Strategy<Value = String> {
    let other = select(vec![
        "# GEMINI_API_KEY=no",
        "",
        "OTHER=1",
        "export PATH = \"/usr/bin # x\" # y",
        "A='ü \"'",
        "EMPTY=",
        "  X=`y`",
        "not a variable",
        "B=a b#c",
        "GEMINI_API_KEY_2=z",
    ]);
    let old = |name: &'static str| {
        let lines = [
            ("", "=", "old", ""),
            ("export ", "=", "\"old x\"", "  # mine"),
            ("\t", " = ", "'old'", ""),
            ("", "=", "old", " # x"),
            ("", "=", "`old`", ""),
            ("", "=", "", ""),
        ];
        let lines =
            lines.map(|(before, equals, value, comment)| format!("{before}{name}{equals}{}{comment}", ours(value)));
        prop_oneof![1 => Just(None).boxed(), 2 => select(lines.to_vec()).prop_map(Some).boxed()]
    };
    let twice = prop::option::weighted(0.05, Just(format!("GEMINI_API_KEY={}", ours("old"))));
    let some = (old("GEMINI_API_KEY"), old("GOOGLE_GEMINI_BASE_URL"), twice);
    let lines = (vec(other, 0..5), some).prop_flat_map(|(others, (key, address, twice))| {
        let settings = [key, address, twice].into_iter().flatten();
        Just(others.into_iter().map(str::to_owned).chain(settings).collect::<Vec<_>>()).prop_shuffle()
    });
    lines.prop_map(|lines| lines.join("\n"))
}
