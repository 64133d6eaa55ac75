--- The windows of :Codestral. q closes one, and each opens the others.
local M = {}

local GROUP = vim.api.nvim_create_namespace('codestral.pages')

--- What a page is about: the buffer and the place in it from which the first one was opened.
local subject

--- The buffer, the window's cursor and the position in it that commands are about.
function M.subject(client_encoding)
  if vim.b.codestral_page and subject and vim.api.nvim_buf_is_valid(subject.buf) then
    return subject
  end
  local encoding = client_encoding or 'utf-16'
  subject = {
    buf = vim.api.nvim_get_current_buf(),
    position = vim.lsp.util.make_position_params(0, encoding).position,
  }
  return subject
end

local KEYS = { s = 'status', e = 'explain', d = 'doctor', l = 'log' }
local HINT = 'q close · s status · e why no suggestion · d doctor · l log'

--- Show lines in a window at the lower edge, in place of another page.
function M.show(lines, more)
  local text = {}
  for _, line in ipairs(lines) do
    text[#text + 1] = (line:gsub('[%c]+', ' '))
  end
  vim.list_extend(text, { '', more and HINT .. ' · ' .. more or HINT })
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, text)
  vim.api.nvim_buf_set_extmark(buf, GROUP, #text - 1, 0, { line_hl_group = 'Comment' })
  vim.bo[buf].modifiable = false
  vim.bo[buf].bufhidden = 'wipe'
  if not vim.b.codestral_page then
    vim.cmd.split({ mods = { split = 'botright' } })
  end
  vim.api.nvim_win_set_buf(0, buf)
  vim.b[buf].codestral_page = true
  vim.wo[0][0].wrap = true
  vim.wo[0][0].linebreak = true
  vim.wo[0][0].number = false
  vim.api.nvim_win_set_height(0, math.min(#text, 15))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true })
  for key, name in pairs(KEYS) do
    vim.keymap.set('n', key, function()
      require('codestral.commands').run({ name })
    end, { buffer = buf, nowait = true, desc = 'Codestral: ' .. name })
  end
  return buf
end

return M
