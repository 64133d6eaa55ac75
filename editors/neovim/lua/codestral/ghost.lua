--- The suggestion on the screen: follow the typing, accept all or part of it, ask for another.
---
--- Neovim 0.12 draws a suggestion and asks for the next one, but ignores what is typed in between:
--- a suggestion that no longer fits stays, and accepting one whose first characters were typed
--- inserts these twice (neovim#36529). Here the suggestion moves with the cursor, or is removed.
--- That needs Neovim's own record of it, which has no public name yet. Where the record is not as
--- in 0.12, the public functions are used, and a suggestion is checked when it is accepted.
local M = {}

local METHOD = 'textDocument/inlineCompletion'

--- For each buffer, the client and the id of the suggestion of which more is coming.
local growing = {}

--- Neovim's record of a buffer's suggestion; nil if there is none, or if it differs from 0.12.
local function record(buf)
  local found, capability = pcall(require, 'vim.lsp._capability')
  local class = found and type(capability.all) == 'table' and capability.all.inline_completion
  local mine = class and class.active and class.active[buf]
  if mine and mine.client_state and mine.show and mine.hide and mine.abort and mine.select then
    return mine
  end
end

--- Whether Neovim's record is as in 0.12, for the health check.
function M.is_known(buf)
  return record(buf) ~= nil
end

--- The rest of an item, to be inserted at the cursor; nil if the text no longer fits it.
local function rest_of(buf, item)
  if type(item.insert_text) ~= 'string' or not item.range then
    return nil
  end
  local first_row, first_col, last_row, last_col = item.range:to_extmark()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  row = row - 1
  if row < last_row or (row == last_row and col < last_col) then
    return nil
  end
  local lines = vim.api.nvim_buf_line_count(buf)
  if first_row >= lines or first_col > #vim.fn.getbufoneline(buf, first_row + 1) then
    return nil
  end
  local typed = vim.api.nvim_buf_get_text(buf, first_row, first_col, row, col, {})
  local before = table.concat(typed, '\n')
  if not vim.startswith(item.insert_text, before) then
    return nil
  end
  return item.insert_text:sub(#before + 1)
end

--- Insert at the cursor. What was typed before can be kept when this is undone.
local function insert(buf, text)
  vim.cmd('let &undolevels = &undolevels')
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local lines = vim.split(text, '\n', { plain = true })
  vim.api.nvim_buf_set_text(buf, row - 1, col, row - 1, col, lines)
  local last = #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row + #lines - 1, #lines == 1 and col + last or last })
end

local PARTS = {
  all = function(rest)
    return rest
  end,
  -- A word or a run of punctuation, with the space and line ends before it. Bytes from 128 up
  -- belong to characters of several bytes, which must not be split.
  word = function(rest)
    return rest:match('^%s*[%w_\128-\255]+') or rest:match('^%s*[^%w_%s\128-\255]+') or rest
  end,
  line = function(rest)
    return rest:match('^\n*[^\n]*')
  end,
}

--- Insert a part of the rest of an item; returns what remains.
local function take(buf, item, part)
  local rest = rest_of(buf, item)
  if not rest or rest == '' then
    return ''
  end
  local text = PARTS[part](rest)
  insert(buf, text)
  local left = rest:sub(#text + 1)
  if left == '' and item.command then
    local client = vim.lsp.get_client_by_id(item.client_id)
    if client then
      client:exec_cmd(item.command, { bufnr = buf })
    end
  end
  return left
end

--- Let the shown item begin at the cursor.
local function move(buf, mine, rest)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  mine.current.range = vim.range(buf, row - 1, col, row - 1, col)
  mine.current.insert_text = rest
  mine:show()
end

--- After something was typed: move the suggestion, or remove it.
local function keep_up(buf)
  local mine = record(buf)
  local item = mine and mine.current
  -- Suggestions without a range, and snippets, come from other servers.
  if not item or not item.range or type(item.insert_text) ~= 'string' then
    return
  end
  local rest = rest_of(buf, item)
  if not rest or rest == '' then
    mine.current = nil
    mine:hide()
  elseif rest ~= item.insert_text then
    move(buf, mine, rest)
  end
end

--- Keep a buffer's suggestion in step with the typing.
function M.follow(buf)
  vim.api.nvim_create_autocmd({ 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, {
    group = vim.api.nvim_create_augroup('codestral.ghost.' .. buf, { clear = true }),
    buffer = buf,
    callback = function()
      keep_up(buf)
    end,
  })
end

--- Whether a suggestion that can be accepted is on the screen.
function M.is_visible()
  local buf = vim.api.nvim_get_current_buf()
  local mine = record(buf)
  if not mine then
    local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
    return namespace ~= nil
      and #vim.api.nvim_buf_get_extmarks(buf, namespace, 0, -1, { limit = 1 }) > 0
  end
  local item = mine.current
  if not item then
    return false
  end
  if not item.range or type(item.insert_text) ~= 'string' then
    return true
  end
  local rest = rest_of(buf, item)
  return rest ~= nil and rest ~= ''
end

--- An item of an answer, as Neovim's record holds it.
local function as_current(buf, client, item)
  local range = item.range and vim.range.lsp(buf, item.range, client.offset_encoding)
  return {
    _index = 1,
    client_id = client.id,
    insert_text = item.insertText,
    range = range,
    _filter_text = item.filterText,
    command = item.command,
  }
end

--- Show an answer that extends what is on the screen by then, and nothing else.
local function extend(buf, client, items)
  local mine = record(buf)
  local found = mine and items[1] and as_current(buf, client, items[1])
  local rest = found and rest_of(buf, found)
  local shown = mine and mine.current and rest_of(buf, mine.current) or ''
  if not rest or #rest <= #shown or not vim.startswith(rest, shown) then
    return
  end
  mine.client_state[client.id] = { items = items }
  mine.current = found
  move(buf, mine, rest)
end

--- Ask as Neovim does by itself, without its 200 ms.
local function ask_again(buf, client)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = vim.lsp.protocol.InlineCompletionTriggerKind.Automatic }
  client:request(METHOD, params, function(_, result)
    local here = vim.api.nvim_get_current_buf() == buf
    if result and here and vim.startswith(vim.api.nvim_get_mode().mode, 'i') then
      extend(buf, client, result.items or result)
    end
  end, buf)
end

--- There is news of a suggestion that grows: more of it can be asked for, or it was all.
function M.more(client_id, news)
  local buf = vim.uri_to_bufnr(news.textDocument.uri)
  growing[buf] = not news.done and { client_id = client_id, id = news.id } or nil
  local client = vim.lsp.get_client_by_id(client_id)
  local mine = record(buf)
  local shows = mine and mine.current and mine.current.client_id == client_id
  if news.ready and client and shows and vim.api.nvim_get_current_buf() == buf then
    ask_again(buf, client)
  end
end

--- Whether more of a buffer's suggestion is coming; 0 for the current buffer.
function M.is_growing(buf)
  return growing[buf == 0 and vim.api.nvim_get_current_buf() or buf] ~= nil
end

--- After the whole of a suggestion was inserted: have the rest shown at once, if more is coming.
local function go_on(buf)
  local client = growing[buf] and vim.lsp.get_client_by_id(growing[buf].client_id)
  if client then
    ask_again(buf, client)
  end
end

--- Insert a part ('all', 'word', 'line') of the suggestion; false if there is none.
function M.accept(part)
  local buf = vim.api.nvim_get_current_buf()
  local mine = record(buf)
  local item = mine and mine.current
  if not item or not item.range or type(item.insert_text) ~= 'string' then
    return vim.lsp.inline_completion.get({
      on_accept = function(chosen)
        if not chosen.range or type(chosen.insert_text) ~= 'string' then
          return chosen
        end
        take(buf, chosen, part)
      end,
    })
  end
  if not M.is_visible() then
    return false
  end
  local left = take(buf, item, part)
  if left == '' then
    mine:abort()
    go_on(buf)
  else
    move(buf, mine, left)
  end
  return true
end

--- Remove the suggestion, and cancel the request under way.
function M.dismiss()
  vim.lsp.inline_completion.get({
    on_accept = function() end,
  })
end

--- Show the first item that is not `known`; false if there is none.
local function show(buf, client, items, known)
  local mine = record(buf)
  if not mine then
    return true
  end
  for index, item in ipairs(items) do
    if item.insertText ~= known then
      mine.client_state[client.id] = { items = items }
      mine:select(index, #items > 1)
      return true
    end
  end
  return false
end

local function shown_text(buf)
  local mine = record(buf)
  local item = mine and mine.current
  return item and rest_of(buf, item)
end

--- The user asked, and nothing came.
local function say_why(buf, client, position)
  local arguments = { vim.uri_from_bufnr(buf), position }
  local params = { command = 'codestral-ls.why', arguments = arguments }
  client:request('workspace/executeCommand', params, function(_, why)
    if why then
      require('codestral.say').tell(require('codestral.status').sentence(why))
    end
  end)
end

--- Ask explicitly; with `another`, for something other than what is shown.
function M.ask(options)
  local buf = vim.api.nvim_get_current_buf()
  local client = vim.lsp.get_clients({ bufnr = buf, name = 'codestral', method = METHOD })[1]
  if not client then
    return
  end
  local known = options.another and shown_text(buf) or nil
  local mine = record(buf)
  if mine and mine.reset_timer then
    -- Neovim's own request, 200 ms after the last key, would overtake this one.
    mine:reset_timer()
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = vim.lsp.protocol.InlineCompletionTriggerKind.Invoked }
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  local tries = 0
  local function request()
    tries = tries + 1
    client:request(METHOD, params, function(_, result)
      local moved = tick ~= vim.api.nvim_buf_get_changedtick(buf)
      if moved or not result or not vim.startswith(vim.api.nvim_get_mode().mode, 'i') then
        return
      end
      local items = result.items or result
      -- The first explicit request may bring what is on the screen. If asked again at the same
      -- place, the server looks for something else.
      if not show(buf, client, items, known) and known and tries < 2 then
        request()
      elseif known and shown_text(buf) == known then
        require('codestral.say').tell('there is no other suggestion here')
      elseif #items == 0 then
        say_why(buf, client, params.position)
      end
    end, buf)
  end
  request()
end

return M
