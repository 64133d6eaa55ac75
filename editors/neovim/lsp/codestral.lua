-- Read by vim.lsp.enable('codestral'). Users call require('codestral').setup() instead, which also
-- sets up inline completion, keys and commands.
return require('codestral.config').client()
