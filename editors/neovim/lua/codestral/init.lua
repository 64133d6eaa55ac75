--- Suggestions from codestral-ls in Neovim's own inline completion.
local M = {}

local function tell(text, level)
  require('codestral.say').tell(text, level or vim.log.levels.WARN)
end

--- Why this Neovim cannot be used; nil if it can.
local function unsupported()
  if vim.fn.has('nvim-0.12') == 1 and vim.lsp.inline_completion then
    return nil
  end
  local version = vim.version()
  return ('needs Neovim 0.12 or newer, for its inline completion; this is %d.%d.%d'):format(
    version.major,
    version.minor,
    version.patch
  )
end

local function attach(client, buf)
  vim.lsp.inline_completion.enable(true, { bufnr = buf })
  require('codestral.ghost').follow(buf)
  require('codestral.keys').map(buf)
  require('codestral.status').refresh(client)
end

local GROUP = 'CodestralSuggestion'

--- The group as it was drawn here last; nil if that was up to a colour scheme.
local drawn

--- The group as it looks now.
local function look()
  local found = vim.api.nvim_get_hl(0, { name = GROUP })
  found.default = nil
  return found
end

--- The look of comments. Neovim's own colours give them none in terminals without 24-bit colours,
--- where a suggestion would look like the code round it: there, the nearest of 256.
local function like_a_comment()
  local comment = vim.api.nvim_get_hl(0, { name = 'Comment', link = false })
  if comment.ctermfg or comment.cterm then
    return { link = 'Comment' }
  end
  comment.ctermfg = vim.o.background == 'light' and 240 or 247
  return comment
end

--- Neovim draws all inline completions in ComplHint, by default as pale as NonText. Here it is
--- linked to a group of this plugin, which looks like a comment; a colour scheme that has a
--- ComplHint of its own keeps it, and one that has a CodestralSuggestion decides.
local function link_highlight()
  local wanted = vim.api.nvim_get_hl(0, { name = 'ComplHint' })
  local is_neovims = wanted.link == 'NonText' or not next(wanted)
  local is_ours = drawn ~= nil and vim.deep_equal(look(), drawn)
  if wanted.link ~= GROUP or is_ours then
    local own = (is_neovims or is_ours) and like_a_comment() or wanted
    own.default = not is_ours
    vim.api.nvim_set_hl(0, GROUP, own)
    vim.api.nvim_set_hl(0, 'ComplHint', { link = GROUP })
    drawn = (is_neovims or is_ours) and look() or nil
  end
end

--- Set up the plugin. All options are optional; see |codestral-options|.
--- @param options codestral.Config?
function M.setup(options)
  local reason = unsupported()
  if reason then
    return tell(reason, vim.log.levels.ERROR)
  end
  local config = require('codestral.config')
  options = options or {}
  local problems = config.problems(options)
  if #problems > 0 then
    return tell(table.concat(problems, '; '), vim.log.levels.ERROR)
  end
  config.use(options)
  vim.lsp.config('codestral', config.client())

  local group = vim.api.nvim_create_augroup('codestral', { clear = true })
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == 'codestral' then
        attach(client, event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = link_highlight })
  vim.api.nvim_create_autocmd('OptionSet', {
    group = group,
    pattern = 'background',
    callback = link_highlight,
  })
  link_highlight()

  local program = config.current.cmd[1]
  if vim.fn.executable(program) == 0 then
    tell(('%s is not on the PATH; see :checkhealth codestral'):format(program))
    return
  end
  vim.lsp.enable('codestral')
end

--- Insert the suggestion; false if there is none. The next two insert a part of it.
function M.accept()
  return require('codestral.ghost').accept('all')
end

function M.accept_word()
  return require('codestral.ghost').accept('word')
end

function M.accept_line()
  return require('codestral.ghost').accept('line')
end

--- Show another suggestion for the same place.
function M.next()
  require('codestral.ghost').ask({ another = true })
end

--- Ask for a suggestion at the cursor, even while automatic suggestions are off.
function M.suggest()
  require('codestral.ghost').ask({ another = false })
end

--- Remove the suggestion from the screen.
function M.dismiss()
  require('codestral.ghost').dismiss()
end

--- Whether a suggestion is on the screen.
function M.is_visible()
  return require('codestral.ghost').is_visible()
end

--- A short text for the statusline; empty if no server is attached.
function M.statusline()
  return require('codestral.status').line()
end

return M
