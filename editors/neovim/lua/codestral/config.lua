--- The options of setup(), and the command and client configuration that follow from them.
local M = {}

--- @class codestral.Config
M.defaults = {
  --- The server's command. `--stdio` and the options for its log are added.
  cmd = { 'codestral-ls' },
  --- Settings of the server, named as in its config.toml: provider, endpoint, model,
  --- api_key_command, max_tokens, ... The others keep the server's defaults.
  settings = {},
  --- File types to complete in; nil for all.
  filetypes = nil,
  --- Keys in insert mode. Set one of them, or keymaps itself, to false to map it yourself.
  keymaps = {
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-C-Right>',
    next = '<M-]>',
    dismiss = '<C-]>',
    suggest = '<M-\\>',
  },
  --- debug, info, warning or error.
  log_level = 'warning',
}

M.current = vim.deepcopy(M.defaults)
M.is_set_up = false

--- A setting as the text that the server reads from its environment.
local function as_text(value)
  if type(value) ~= 'table' then
    return tostring(value)
  end
  return vim.islist(value) and table.concat(value, ',') or vim.json.encode(value)
end

--- What is wrong with the options, one sentence for each problem.
function M.problems(options)
  local found = {}
  for name in pairs(options) do
    if M.defaults[name] == nil and name ~= 'filetypes' then
      local hint = name == 'provider' or name == 'endpoint' or name == 'model'
      found[#found + 1] = ('unknown option %s%s'):format(
        name,
        hint and (': write it as settings = { %s = ... }'):format(name) or ''
      )
    end
  end
  local settings = type(options.settings) == 'table' and options.settings or {}
  for name in pairs(settings) do
    if type(name) ~= 'string' or not name:match('^[%l_]+$') then
      found[#found + 1] = ('settings are written like max_tokens, not %s'):format(tostring(name))
    elseif name == 'api_key' then
      -- Many people publish their init.lua.
      found[#found + 1] = 'do not put a key into init.lua: '
        .. 'set MISTRAL_API_KEY, or settings.api_key_command'
    end
  end
  return found
end

--- Remember the options of setup().
function M.use(options)
  M.current = vim.tbl_deep_extend('force', vim.deepcopy(M.defaults), options)
  if options.keymaps == false then
    M.current.keymaps = {}
  end
  M.is_set_up = true
end

--- The server's log file.
function M.log_file()
  return vim.fs.joinpath(vim.fn.stdpath('log'), 'codestral-ls.log')
end

--- The settings as environment variables. The server takes these for the user's own choice, unlike
--- the language client's settings, which a repository may bring along. And other users of the
--- machine cannot read them, unlike arguments.
function M.environment()
  local environment = {}
  for name, value in pairs(M.current.settings) do
    environment['CODESTRAL_LS_' .. name:upper()] = as_text(value)
  end
  return environment
end

--- The server's command line with further arguments.
function M.command(...)
  local command = vim.list_slice(M.current.cmd)
  return vim.list_extend(command, { ... })
end

--- What a buffer is indented by, as LSP writes it; nil where it is as Neovim starts, which nobody
--- has chosen.
local function indentation(uri)
  local options = vim.bo[vim.uri_to_bufnr(uri)]
  local width = options.shiftwidth > 0 and options.shiftwidth or options.tabstop
  if not options.expandtab and width == 8 and options.tabstop == 8 then
    return nil
  end
  return { tabSize = width, insertSpaces = options.expandtab }
end

--- Add to what Neovim sends what the buffer is indented by: the server goes by it where the text
--- shows nothing yet.
local function tell_indentation(client)
  local request, notify = client.request, client.notify
  client.request = function(self, method, params, ...)
    if method == 'textDocument/inlineCompletion' then
      params.formattingOptions = indentation(params.textDocument.uri)
    end
    return request(self, method, params, ...)
  end
  client.notify = function(self, method, params)
    if method == 'textDocument/didOpen' then
      params.textDocument.formattingOptions = indentation(params.textDocument.uri)
    end
    return notify(self, method, params)
  end
end

--- The configuration for vim.lsp.
function M.client()
  local log_file = M.log_file()
  vim.fn.mkdir(vim.fs.dirname(log_file), 'p')
  return {
    cmd = M.command('--stdio', '--log-file', log_file, '--log-level', M.current.log_level),
    cmd_env = M.environment(),
    filetypes = M.current.filetypes,
    root_markers = { { '.codestral.toml', '.git' } },
    init_options = {
      clientName = 'neovim',
      asksByItself = true,
      moreNotifications = true,
      statusNotifications = true,
    },
    on_init = tell_indentation,
    -- By default Neovim sends edits 150 ms late, and asks for a suggestion 200 ms after the last
    -- one. If it sends them at once, the answer is on its way when Neovim asks.
    flags = { debounce_text_changes = 0 },
    handlers = {
      ['codestral/more'] = function(_, news, context)
        require('codestral.ghost').more(context.client_id, news)
      end,
      ['window/showMessage'] = function(_, said)
        -- Neovim's own handler shows the whole, which may need Enter; :Codestral status has it.
        local levels = { vim.log.levels.ERROR, vim.log.levels.WARN }
        require('codestral.say').tell(said.message, levels[said.type] or vim.log.levels.INFO)
      end,
      ['codestral/status'] = function(_, status, context)
        require('codestral.status').set(context.client_id, status)
      end,
    },
  }
end

return M
