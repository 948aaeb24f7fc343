//! Servers that many people use, so that nobody has to look up where they are. Data: each line says where its vendor
//! documents it (read November 2026). A vendor that speaks two dialects at two addresses has two presets.

use crate::options::{KeyHeader, Options};

/// A server that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The word on the command line.
    pub id: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Where it is.
    pub base_url: &'static str,
    /// The ids of the dialects it speaks there.
    pub dialects: &'static [&'static str],
    /// The header it wants the key in.
    pub key_header: KeyHeader,
}

impl Preset {
    const fn new(
        id: &'static str,
        label: &'static str,
        base_url: &'static str,
        dialects: &'static [&'static str],
        key_header: KeyHeader,
    ) -> Self {
        Self { id, label, base_url, dialects, key_header }
    }

    const fn local(id: &'static str, label: &'static str, base_url: &'static str) -> Self {
        let key_header = KeyHeader::Bearer;
        Self { id, label, base_url, dialects: &["chat", "responses", "messages"], key_header }
    }

    /// The options of an account at this server.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            dialects: self.dialects.iter().map(|id| (*id).to_owned()).collect(),
            key_header: Some(self.key_header),
            ..Options::default()
        }
    }
}

/// The known servers, in the order the owner is shown them.
pub(super) const PRESETS: &[Preset] = &[
    // https://api-docs.deepseek.com
    Preset::new("deepseek", "DeepSeek", "https://api.deepseek.com", &["chat"], KeyHeader::Bearer),
    // https://api-docs.deepseek.com/guides/anthropic_api
    Preset::new(
        "deepseek-anthropic",
        "DeepSeek (Messages)",
        "https://api.deepseek.com/anthropic",
        &["messages"],
        KeyHeader::XApiKey,
    ),
    // https://platform.kimi.ai/docs/api/overview; keys of platform.kimi.com work at api.moonshot.cn instead
    Preset::new("kimi", "Kimi", "https://api.moonshot.ai/v1", &["chat", "responses"], KeyHeader::Bearer),
    Preset::new(
        "kimi-anthropic",
        "Kimi (Messages)",
        "https://api.moonshot.ai/anthropic",
        &["messages"],
        KeyHeader::Bearer,
    ),
    // https://docs.z.ai/api-reference; keys of bigmodel.cn work at open.bigmodel.cn instead
    Preset::new("glm", "GLM (Z.ai)", "https://api.z.ai/api/paas/v4", &["chat"], KeyHeader::Bearer),
    // https://docs.z.ai/devpack/overview: the same, on a coding plan
    Preset::new("glm-coding", "GLM Coding Plan", "https://api.z.ai/api/coding/paas/v4", &["chat"], KeyHeader::Bearer),
    // https://docs.z.ai/devpack/tool/claude
    Preset::new(
        "glm-anthropic",
        "GLM (Z.ai, Messages)",
        "https://api.z.ai/api/anthropic",
        &["messages"],
        KeyHeader::Bearer,
    ),
    // https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope, Singapore. A key works in
    // its own region only, and a workspace may have an address of its own.
    Preset::new("qwen", "Qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", &["chat"], KeyHeader::Bearer),
    // https://www.alibabacloud.com/help/en/model-studio/anthropic-api-messages
    Preset::new(
        "qwen-anthropic",
        "Qwen (Messages)",
        "https://dashscope-intl.aliyuncs.com/apps/anthropic",
        &["messages"],
        KeyHeader::XApiKey,
    ),
    // https://platform.minimax.io/docs/api-reference/text-openai-api; keys of minimaxi.com work at api.minimaxi.com
    Preset::new("minimax", "MiniMax", "https://api.minimax.io/v1", &["chat", "responses"], KeyHeader::Bearer),
    // https://platform.minimax.io/docs/api-reference/text-anthropic-api
    Preset::new(
        "minimax-anthropic",
        "MiniMax (Messages)",
        "https://api.minimax.io/anthropic",
        &["messages"],
        KeyHeader::Bearer,
    ),
    // https://openrouter.ai/docs: all three below one address
    Preset::new(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        &["chat", "responses", "messages"],
        KeyHeader::Bearer,
    ),
    // https://docs.x.ai/docs/api-reference
    Preset::new("xai", "xAI", "https://api.x.ai/v1", &["chat", "responses"], KeyHeader::Bearer),
    // https://docs.mistral.ai/api
    Preset::new("mistral", "Mistral", "https://api.mistral.ai/v1", &["chat"], KeyHeader::Bearer),
    // https://console.groq.com/docs/openai
    Preset::new("groq", "Groq", "https://api.groq.com/openai/v1", &["chat", "responses"], KeyHeader::Bearer),
    // https://docs.ollama.com/api/openai-compatibility and https://docs.ollama.com/api/anthropic-compatibility
    Preset::local("ollama", "Ollama", "http://127.0.0.1:11434/v1"),
    // https://lmstudio.ai/docs/developer/openai-compat and https://lmstudio.ai/docs/developer/anthropic-compat
    Preset::local("lm-studio", "LM Studio", "http://127.0.0.1:1234/v1"),
    // https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
    Preset::local("vllm", "vLLM", "http://127.0.0.1:8000/v1"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::provider::{compatible::COMPATIBLE, parse_base_url};

    #[test]
    fn every_preset_makes_an_account() {
        let ids: HashSet<_> = PRESETS.iter().map(|preset| preset.id).collect();
        assert_eq!(ids.len(), PRESETS.len(), "an id stands for one server");

        for preset in PRESETS {
            let options = preset.options();
            assert!(parse_base_url(preset.base_url).is_ok(), "{}", preset.base_url);
            assert!(!preset.base_url.ends_with('/'), "{}", preset.base_url);
            assert!(!preset.dialects.is_empty(), "{}", preset.id);
            for id in preset.dialects {
                let dialect = COMPATIBLE.dialects.iter().find(|spoken| spoken.id == *id).expect("a dialect");
                assert!(COMPATIBLE.speaks(dialect, &options), "{}: {id}", preset.id);
            }
            assert_eq!(COMPATIBLE.preset(preset.id), Some(preset));
        }
    }
}
