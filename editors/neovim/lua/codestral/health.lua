--- :checkhealth codestral
local M = {}

local health = vim.health

-- A server answers this from memory. One that takes longer is stuck.
local ANSWER_WITHIN_MS = 2000
-- Enough for Python to start from a slow disk.
local VERSION_WITHIN_MS = 10000

local function check_neovim()
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.12') == 0 then
    health.error(
      ('Neovim %s has no inline completion'):format(version),
      'Use Neovim 0.12 or newer.'
    )
    return false
  end
  health.ok('Neovim ' .. version)
  return true
end

local function check_command(config)
  local program = config.current.cmd[1]
  if vim.fn.executable(program) == 0 then
    health.error(program .. ' is not on the PATH', {
      'Install it as the README of codestral-ls says,',
      'or set its path: setup({ cmd = { "/path/to/codestral-ls" } })',
    })
    return
  end
  local result = vim.system(config.command('--version'), { text = true }):wait(VERSION_WITHIN_MS)
  if result.code == 0 then
    health.ok(('%s (%s)'):format(vim.trim(result.stdout), vim.fn.exepath(program)))
  else
    health.error(program .. ' does not start', vim.trim(result.stderr or ''))
  end
end

local function check_client(client)
  local buf = next(client.attached_buffers)
  local where = client.root_dir or 'single files'
  local params = { command = 'codestral-ls.status' }
  local answer = client:request_sync('workspace/executeCommand', params, ANSWER_WITHIN_MS)
  local status = answer and answer.result
  if not status then
    health.error(('the server for %s does not answer'):format(where), 'Run :lsp restart codestral')
    return
  end
  local host = type(status.host) == 'string' and status.host ~= '' and ' at ' .. status.host or ''
  local text = ('server for %s: %s; %s provider %s%s, model %s'):format(
    where,
    status.state,
    require('codestral.status').sentence(status),
    status.provider,
    host,
    status.model
  )
  if status.state == 'ready' or status.state == 'busy' then
    health.ok(text)
  else
    local off = status.state == 'disabled'
    health.warn(text, off and ':Codestral toggle switches suggestions on and off.' or nil)
  end
  if status.provider == 'workspace' then
    health.info(
      'The embedded provider suggests code from this workspace only. '
        .. 'To use Codestral, set MISTRAL_API_KEY; see :help codestral-key'
    )
  end
  if not vim.lsp.inline_completion.is_enabled({ bufnr = buf }) then
    health.warn('inline completion is off', 'See :help vim.lsp.inline_completion.enable()')
  elseif not require('codestral.ghost').is_known(buf) then
    health.warn(
      "Neovim's record of suggestions is not as in 0.12",
      'Accepting works. Suggestions do not follow the typing.'
    )
  end
end

local function check_others(buf)
  local method = 'textDocument/inlineCompletion'
  for _, client in ipairs(vim.lsp.get_clients({ bufnr = buf, method = method })) do
    if client.name ~= 'codestral' then
      health.warn(
        client.name .. ' also suggests code in these buffers',
        ('To use only one: vim.lsp.enable("%s", false)'):format(client.name)
      )
    end
  end
end

--- Report what is installed, what is running, and how to correct what is wrong.
function M.check()
  health.start('codestral')
  if not check_neovim() then
    return
  end
  local config = require('codestral.config')
  if config.is_set_up then
    health.ok('setup() was called')
  else
    health.error('setup() was not called', 'Put require("codestral").setup() into init.lua.')
  end
  check_command(config)
  local clients = vim.lsp.get_clients({ name = 'codestral' })
  for _, client in ipairs(clients) do
    check_client(client)
    local buf = next(client.attached_buffers)
    if buf then
      check_others(buf)
    end
  end
  if #clients == 0 then
    health.info('No server is running. It starts when you open a file.')
  end
  health.info('log: ' .. config.log_file())
  health.info(':Codestral doctor checks the key, the endpoint and the model with a test request.')
end

return M
