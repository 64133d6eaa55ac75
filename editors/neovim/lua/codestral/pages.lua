--- The windows of :Codestral. q closes one, and each opens the others.
local M = {}

local GROUP = vim.api.nvim_create_namespace('codestral.pages')

--- What a page is about: the buffer and the place in it from which the first one was opened.
local subject

--- Where the cursor is, or was while text was inserted: leaving insert mode moves it to the left.
local function place()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local insert_row, insert_col = unpack(vim.api.nvim_buf_get_mark(0, '^'))
  if row == insert_row and insert_col > 0 then
    local before = vim.fn.strpart(vim.api.nvim_get_current_line(), 0, insert_col)
    local left = insert_col - #vim.fn.strcharpart(before, vim.fn.strchars(before) - 1)
    return row, col == left and insert_col or col
  end
  return row, col
end

--- The buffer, and the position in it that commands are about.
function M.subject(client_encoding)
  if vim.b.codestral_page and subject and vim.api.nvim_buf_is_valid(subject.buf) then
    return subject
  end
  local row, col = place()
  local line = vim.api.nvim_get_current_line()
  local character = vim.str_utfindex(line, client_encoding or 'utf-16', col, false)
  subject = {
    buf = vim.api.nvim_get_current_buf(),
    position = { line = row - 1, character = character },
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
  vim.wo[0][0].statusline = ' Codestral'
  -- Long lines take several rows.
  vim.api.nvim_win_set_height(0, math.min(vim.api.nvim_win_text_height(0, {}).all, 15))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true })
  for key, name in pairs(KEYS) do
    vim.keymap.set('n', key, function()
      require('codestral.commands').run({ name })
    end, { buffer = buf, nowait = true, desc = 'Codestral: ' .. name })
  end
  return buf
end

return M
