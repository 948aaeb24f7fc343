document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "system";

import init from "./ui.js";
await init({ module_or_path: "./ui_bg.wasm" });
