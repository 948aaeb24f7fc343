// The programs that can be set up, and what is typed for each: the texts of the app (`ipc/src/setup.rs`). In them
// `{address}` and `{key}` stand for the relay's address and the key.

/** Those the set-up script knows, by its names for them. */
export const SCRIPTED = ["claude-code", "codex", "gemini-cli", "droid", "vscode"];

/** Every program, in the order friends are shown them. A way without `on` is for every system. */
export const CLIENTS = [
  {
    id: "claude-code",
    name: "Claude Code",
    ways: [
      {
        name: "macOS · Linux",
        on: "unix",
        template: `export ANTHROPIC_BASE_URL={address}/api
export ANTHROPIC_AUTH_TOKEN={key}
claude`,
      },
      {
        name: "Windows",
        on: "windows",
        template: `$env:ANTHROPIC_BASE_URL = "{address}/api"
$env:ANTHROPIC_AUTH_TOKEN = "{key}"
claude`,
      },
    ],
  },
  {
    id: "codex",
    name: "Codex",
    ways: [
      {
        name: "~/.codex/config.toml",
        template: `model_provider = "carpool"

[model_providers.carpool]
name = "Carpool"
base_url = "{address}/openai"
wire_api = "responses"
env_key = "CARPOOL_KEY"`,
      },
      {
        name: "macOS · Linux",
        on: "unix",
        template: `export CARPOOL_KEY={key}
codex`,
      },
      {
        name: "Windows",
        on: "windows",
        template: `$env:CARPOOL_KEY = "{key}"
codex`,
      },
    ],
  },
  {
    id: "gemini-cli",
    name: "Gemini CLI",
    ways: [
      {
        name: "macOS · Linux",
        on: "unix",
        template: `export GOOGLE_GEMINI_BASE_URL={address}/gemini
export GEMINI_API_KEY={key}
gemini`,
      },
      {
        name: "Windows",
        on: "windows",
        template: `$env:GOOGLE_GEMINI_BASE_URL = "{address}/gemini"
$env:GEMINI_API_KEY = "{key}"
gemini`,
      },
      {
        name: "Code Assist",
        on: "unix",
        template: `export CODE_ASSIST_ENDPOINT={address}/gemini
export GOOGLE_CLOUD_ACCESS_TOKEN={key}
export GOOGLE_GENAI_USE_GCA=true
gemini`,
      },
    ],
  },
  {
    id: "droid",
    name: "Droid",
    ways: [
      {
        name: "~/.factory/config.json",
        template: `{
  "custom_models": [
    {
      "model_display_name": "Claude Sonnet 4.5 (Carpool)",
      "model": "claude-sonnet-4-5",
      "base_url": "{address}/droid/claude",
      "api_key": "{key}",
      "provider": "anthropic"
    },
    {
      "model_display_name": "GPT-5 (Carpool)",
      "model": "gpt-5",
      "base_url": "{address}/droid/openai/v1",
      "api_key": "{key}",
      "provider": "openai"
    }
  ]
}`,
      },
    ],
  },
  {
    id: "vscode",
    name: "VS Code",
    ways: [
      {
        name: "settings.json (Claude Code)",
        template: `{
  "claudeCode.environmentVariables": [
    { "name": "ANTHROPIC_BASE_URL", "value": "{address}/api" },
    { "name": "ANTHROPIC_AUTH_TOKEN", "value": "{key}" }
  ]
}`,
      },
    ],
  },
  {
    id: "cherry-studio",
    name: "Cherry Studio",
    ways: [
      {
        name: "Anthropic",
        template: `API Host: {address}/api
API Key: {key}`,
      },
      {
        name: "OpenAI",
        template: `API Host: {address}/openai
API Key: {key}`,
      },
      {
        name: "Gemini",
        template: `API Host: {address}/gemini
API Key: {key}`,
      },
    ],
  },
  {
    id: "opencode",
    name: "OpenCode",
    ways: [
      {
        name: "opencode.json",
        template: `{
  "$schema": "https://opencode.ai/config.json",
  "provider": {
    "anthropic": { "options": { "baseURL": "{address}/api/v1", "apiKey": "{key}" } },
    "openai": { "options": { "baseURL": "{address}/openai/v1", "apiKey": "{key}" } },
    "google": { "options": { "baseURL": "{address}/gemini/v1beta", "apiKey": "{key}" } }
  }
}`,
      },
    ],
  },
  {
    id: "anthropic-sdk",
    name: "Anthropic SDK",
    ways: [
      {
        name: "Python",
        template: `anthropic.Anthropic(base_url="{address}/api", api_key="{key}")`,
      },
      {
        name: "TypeScript",
        template: `new Anthropic({ baseURL: "{address}/api", apiKey: "{key}" })`,
      },
    ],
  },
  {
    id: "openai-sdk",
    name: "OpenAI SDK",
    ways: [
      {
        name: "Python",
        template: `openai.OpenAI(base_url="{address}/openai/v1", api_key="{key}")`,
      },
      {
        name: "TypeScript",
        template: `new OpenAI({ baseURL: "{address}/openai/v1", apiKey: "{key}" })`,
      },
    ],
  },
  {
    id: "google-sdk",
    name: "Google GenAI SDK",
    ways: [
      {
        name: "Python",
        template: `genai.Client(api_key="{key}", http_options={"base_url": "{address}/gemini"})`,
      },
      {
        name: "TypeScript",
        template: `new GoogleGenAI({ apiKey: "{key}", httpOptions: { baseUrl: "{address}/gemini" } })`,
      },
    ],
  },
];
