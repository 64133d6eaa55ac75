--- :Codestral and its subcommands.
local M = {}

local function tell(text, level)
  require('codestral.say').tell(text, level or vim.log.levels.INFO)
end

local function attached()
  local pages = require('codestral.pages')
  local buf = pages.subject().buf
  local client = vim.lsp.get_clients({ bufnr = buf, name = 'codestral' })[1]
  if not client then
    tell('no server is running for this buffer; run :checkhealth codestral', vim.log.levels.WARN)
    return nil
  end
  return client, pages.subject(client.offset_encoding)
end

local function execute(client, command, arguments, done)
  local params = { command = command, arguments = arguments }
  client:request('workspace/executeCommand', params, function(err, result)
    if err then
      tell(err.message, vim.log.levels.ERROR)
    else
      done(result)
    end
  end)
end

local function is_given(value)
  return value ~= nil and value ~= vim.NIL and value ~= ''
end

local function counted(count, noun)
  return ('%d %s%s'):format(count, noun, count == 1 and '' or 's')
end

local function status_lines(status)
  local count = status.counters
  local where = is_given(status.host) and (' at ' .. status.host) or ''
  local sentence = require('codestral.status').sentence(status)
  local lines = {
    ('codestral-ls %s: %s'):format(status.version, sentence),
    ('provider %s%s, model %s'):format(status.provider, where, status.model),
    ('%s; %s shown, %d accepted (%s)'):format(
      counted(count.requests, 'request'),
      counted(count.shown, 'suggestion'),
      count.accepted,
      counted(count.acceptedChars, 'character')
    ),
    is_given(status.today) and status.today or 'no statistics are kept',
    ('without a request: %d by typing on, %d from memory, %d by one under way'):format(
      count.typedThrough,
      count.cacheHits,
      count.joined
    ),
    ('tokens: %d sent (%d of them cached), %d received'):format(
      count.promptTokens,
      count.cachedTokens,
      count.completionTokens
    ),
  }
  local err = is_given(status.lastError) and status.lastError.message
  if err and not sentence:find(err, 1, true) then
    lines[#lines + 1] = 'last error: ' .. err
  end
  return lines
end

local function explanation(record)
  return ('%s  line %d: %s. %s'):format(
    record.at:match('T(%d+:%d+:%d+)') or record.at,
    record.line + 1,
    record.outcome,
    record.reason
  )
end

--- What helps, in this editor.
local REMEDIES = {
  ['set-key'] = ':Codestral login takes a key, checks it and keeps it in the keyring',
  ['open-settings'] = 'the settings are in setup(), config.toml and .codestral.toml',
  ['open-log'] = 'l opens the log',
  ['run-doctor'] = 'd runs the doctor, which checks the key, the endpoint and the model',
}

local function why_lines(why)
  local lines = { require('codestral.status').sentence(why) }
  for _, remedy in ipairs(why.remedies) do
    if REMEDIES[remedy] then
      lines[#lines + 1] = '  → ' .. REMEDIES[remedy]
    end
  end
  if #why.earlier > 0 then
    vim.list_extend(lines, { '', 'The last requests here, newest first:' })
    vim.list_extend(lines, vim.tbl_map(explanation, why.earlier))
  end
  return lines
end

local SUBCOMMANDS = {}

function SUBCOMMANDS.status()
  local client = attached()
  if client then
    require('codestral.status').refresh(client, function(status)
      require('codestral.pages').show(status_lines(status))
    end)
  end
end

function SUBCOMMANDS.toggle()
  local client = attached()
  if not client then
    return
  end
  execute(client, 'codestral-ls.toggle', nil, function(result)
    if not result.enabled then
      require('codestral').dismiss()
    end
    require('codestral.status').refresh(client)
    tell('automatic suggestions are ' .. (result.enabled and 'on' or 'off'))
  end)
end

function SUBCOMMANDS.explain()
  local client, about = attached()
  if not client then
    return
  end
  local pages = require('codestral.pages')
  local arguments = { vim.uri_from_bufnr(about.buf), about.position }
  execute(client, 'codestral-ls.why', arguments, function(why)
    local seen = #why.seen > 0 and 'm what the model saw' or nil
    local buf = pages.show(why_lines(why), seen)
    if seen then
      vim.keymap.set('n', 'm', function()
        pages.show(why.seen)
      end, { buffer = buf, nowait = true, desc = 'Codestral: what the model saw' })
    end
  end)
end

--- Run one of the server's own commands in a terminal.
local function in_terminal(name, on_exit)
  local config = require('codestral.config')
  local environment = config.environment()
  vim.cmd.split({ mods = { split = 'botright' } })
  vim.cmd.enew()
  vim.fn.jobstart(config.command(name), {
    term = true,
    env = next(environment) and environment or nil,
    on_exit = on_exit,
  })
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = true, nowait = true })
  vim.wo[0][0].statusline = (' Codestral %s · q close'):format(name)
  -- In the last line the window follows what is printed, which ends with the verdict.
  vim.cmd('normal! G')
end

function SUBCOMMANDS.doctor()
  in_terminal('doctor')
end

function SUBCOMMANDS.login()
  in_terminal('login', function(_, status)
    if status == 0 then
      for _, client in ipairs(vim.lsp.get_clients({ name = 'codestral' })) do
        client:stop()
      end
      -- The server reads its keys at the start.
      vim.lsp.enable('codestral', false)
      vim.lsp.enable('codestral')
    end
  end)
  vim.cmd.startinsert()
end

function SUBCOMMANDS.log()
  local file = require('codestral.config').log_file()
  if vim.uv.fs_stat(file) then
    vim.cmd.split({ file, mods = { split = 'botright' } })
  else
    tell('there is no log yet; it will be ' .. file)
  end
end

--- Run `:Codestral` with its arguments; without arguments, `status`.
function M.run(arguments)
  local name = arguments[1] or 'status'
  local subcommand = SUBCOMMANDS[name]
  if not subcommand or #arguments > 1 then
    local names = table.concat(M.complete(''), ', ')
    return tell(('use one of %s'):format(names), vim.log.levels.WARN)
  end
  if vim.fn.has('nvim-0.12') == 0 then
    return tell('needs Neovim 0.12 or newer', vim.log.levels.WARN)
  end
  subcommand()
end

--- The subcommands that begin with `lead`.
function M.complete(lead)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(SUBCOMMANDS))
  table.sort(names)
  return names
end

return M
