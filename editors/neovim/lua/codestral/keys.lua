--- Keys that act on a suggestion. Without one they do what they did before.
local M = {}

local ACTIONS = {
  accept = 'Insert the suggestion',
  accept_word = "Insert the suggestion's next word",
  accept_line = "Insert the suggestion's next line",
  next = 'Show another suggestion',
  dismiss = 'Remove the suggestion',
  suggest = 'Ask for a suggestion',
}

local function raw(keys)
  return vim.api.nvim_replace_termcodes(keys, true, true, true)
end

--- The global mapping that the plugin's hides.
local function hidden_mapping(lhs)
  local wanted = raw(lhs)
  for _, mapping in ipairs(vim.api.nvim_get_keymap('i')) do
    if raw(mapping.lhs) == wanted then
      return mapping
    end
  end
end

--- Do what the key does without this plugin. Neovim itself maps <Tab>, and so do snippet and
--- completion plugins. The keys go before those that are already typed but not yet processed.
local function run_without_us(lhs)
  local mapping = hidden_mapping(lhs)
  if not mapping then
    vim.api.nvim_feedkeys(raw(lhs), 'in', false)
  elseif mapping.expr == 1 then
    local keys = mapping.callback and mapping.callback() or vim.api.nvim_eval(mapping.rhs)
    if type(keys) == 'string' then
      keys = mapping.replace_keycodes == 1 and raw(keys) or keys
      vim.api.nvim_feedkeys(keys, mapping.noremap == 1 and 'in' or 'im', false)
    end
  elseif mapping.callback then
    mapping.callback()
  else
    vim.api.nvim_feedkeys(raw(mapping.rhs), mapping.noremap == 1 and 'in' or 'im', false)
  end
end

--- Map the configured keys in a buffer.
---
--- Not as expression mappings: Neovim evaluates those when it looks ahead at typed keys, before the
--- characters in front of the key are in the buffer.
function M.map(buf)
  for action, lhs in pairs(require('codestral.config').current.keymaps) do
    if lhs and ACTIONS[action] then
      vim.keymap.set('i', lhs, function()
        if action == 'suggest' or require('codestral').is_visible() then
          require('codestral')[action]()
        else
          run_without_us(lhs)
        end
      end, { buffer = buf, desc = 'Codestral: ' .. ACTIONS[action] })
    end
  end
end

return M
