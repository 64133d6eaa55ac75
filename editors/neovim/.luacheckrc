-- For luacheck. Neovim runs LuaJIT.
std = 'luajit'
max_line_length = 100
-- Plugins set variables and options through these.
globals = { 'vim.g', 'vim.b', 'vim.bo', 'vim.o', 'vim.wo' }
read_globals = { 'vim' }
