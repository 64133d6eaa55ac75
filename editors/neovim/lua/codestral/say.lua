--- Messages of one line, so that none makes Neovim wait for Enter.
local M = {}

local ELLIPSIS = '…'

--- A text in one line that fits into the message area; a longer one is cut.
function M.fitting(text, room)
  local line = vim.trim((text:gsub('[%c%s]+', ' ')))
  if vim.fn.strdisplaywidth(line) <= room then
    return line
  end
  local kept = room - vim.fn.strdisplaywidth(ELLIPSIS)
  while vim.fn.strdisplaywidth(line) > kept do
    line = vim.fn.strcharpart(line, 0, vim.fn.strchars(line) - 1)
  end
  return line .. ELLIPSIS
end

local HIGHLIGHTS = {
  [vim.log.levels.ERROR] = 'ErrorMsg',
  [vim.log.levels.WARN] = 'WarningMsg',
}

--- Keep a text in the history of messages, without a prompt to press Enter.
local function remember(chunks)
  local options = vim.o.messagesopt
  vim.o.messagesopt = 'wait:0,history:500'
  vim.api.nvim_echo(chunks, true, {})
  vim.cmd.redraw()
  vim.schedule(function()
    vim.o.messagesopt = options
  end)
end

--- With 'showmode' Neovim draws the mode over what is told in insert mode. Leave it out until the
--- user goes on.
local function hide_mode()
  if not vim.o.showmode or not vim.startswith(vim.api.nvim_get_mode().mode, 'i') then
    return
  end
  vim.o.showmode = false
  vim.api.nvim_create_autocmd({ 'CursorMovedI', 'TextChangedI', 'TextChangedP', 'InsertLeave' }, {
    group = vim.api.nvim_create_augroup('codestral.say', { clear = true }),
    once = true,
    callback = function()
      vim.api.nvim_create_augroup('codestral.say', { clear = true })
      vim.o.showmode = true
      vim.api.nvim_echo({ { '' } }, false, {})
    end,
  })
end

--- Tell the user something. `level` as in vim.log.levels; without one it is not kept. What is too
--- long for the message area is whole in |:messages|.
function M.tell(text, level)
  local whole = 'codestral: ' .. vim.trim(text)
  local line = M.fitting(whole, vim.v.echospace)
  local is_cut = line ~= whole
  if level and is_cut then
    remember({ { whole, HIGHLIGHTS[level] } })
  end
  hide_mode()
  vim.api.nvim_echo({ { line, HIGHLIGHTS[level] } }, level ~= nil and not is_cut, {})
end

return M
