---@brief
---
--- `codestral-ls` suggests code as you type, through inline completion (Neovim 0.12). Suggestions
--- come from Codestral, from a fill-in-the-middle model on a server of your own, or, without a key,
--- from the code in your workspace. Keys and settings are in its environment (`MISTRAL_API_KEY`)
--- and its `config.toml`.
---
--- Suggestions are shown once inline completion is on, and a key of yours accepts them:
---
--- ```lua
--- vim.lsp.inline_completion.enable()
--- vim.keymap.set('i', '<Tab>', function()
---   return vim.lsp.inline_completion.get() and '' or '<Tab>'
--- end, { expr = true })
--- ```
---@type vim.lsp.Config
return {
  cmd = { 'codestral-ls' },
  root_markers = { '.codestral.toml', '.git' },
}
