# shellcheck shell=bash disable=SC2034
# Sourced by scripts/pages-check and scripts/share-check: Chromium, and the packages by which Node drives it. They are
# other people's programs, and outside the checkout.

pages_cache=${XDG_CACHE_HOME:-$HOME/.cache}/carpool-pages
pages_packages=(puppeteer-core@24.43.1 axe-core@4.14.1)

install_browser() {
    [[ -n $(command -v chromium) ]] || require_packages chromium
    # Without a Chinese font there is nothing to see in the Chinese pictures.
    [[ -n $(fc-list :lang=zh-cn 2>/dev/null) ]] || require_packages fonts-wqy-microhei
    [[ -n $(command -v node) ]] || require_packages nodejs
    [[ -n $(command -v npm) ]] || require_packages npm
    [[ -d $pages_cache/node_modules/puppeteer-core && -d $pages_cache/node_modules/axe-core ]] ||
        npm install --prefix "$pages_cache" --loglevel error --no-audit --no-fund "${pages_packages[@]}"
}
