--- Keys that act on a suggestion, and do what they did before where there is none.
local M = {}

local ACTIONS = {
  accept = 'Insert the suggestion',
  accept_word = "Insert the suggestion's next word",
  accept_line = "Insert the suggestion's next line",
  next = 'Show another suggestion',
  dismiss = 'Take the suggestion away',
  suggest = 'Ask for a suggestion',
}

local function raw(keys)
  return vim.api.nvim_replace_termcodes(keys, true, true, true)
end

--- The global mapping that ours hides.
local function hidden_mapping(lhs)
  local wanted = raw(lhs)
  for _, mapping in ipairs(vim.api.nvim_get_keymap('i')) do
    if raw(mapping.lhs) == wanted then
      return mapping
    end
  end
end

--- What the key does without us, as keys to type. Neovim itself maps <Tab>, and so do snippet and
--- completion plugins.
local function without_us(lhs)
  local mapping = hidden_mapping(lhs)
  if not mapping then
    return raw(lhs)
  end
  if mapping.expr == 1 then
    local keys = mapping.callback and mapping.callback() or vim.api.nvim_eval(mapping.rhs)
    keys = type(keys) == 'string' and keys or ''
    return mapping.replace_keycodes == 1 and raw(keys) or keys
  end
  if mapping.callback then
    vim.schedule(mapping.callback)
    return ''
  end
  if mapping.noremap == 1 then
    return raw(mapping.rhs)
  end
  vim.api.nvim_feedkeys(raw(mapping.rhs), 'mi', false)
  return ''
end

--- Map the configured keys in a buffer.
function M.map(buf)
  for action, lhs in pairs(require('codestral.config').current.keymaps) do
    if lhs and ACTIONS[action] then
      local run = raw(('<Cmd>lua require("codestral").%s()<CR>'):format(action))
      vim.keymap.set('i', lhs, function()
        -- Run as a command: an expression mapping must not change the text, and a scheduled
        -- function would come after keys that are typed ahead.
        if action == 'suggest' or require('codestral.ghost').is_visible() then
          return run
        end
        return without_us(lhs)
      end, {
        buffer = buf,
        expr = true,
        replace_keycodes = false,
        desc = 'Codestral: ' .. ACTIONS[action],
      })
    end
  end
end

return M
