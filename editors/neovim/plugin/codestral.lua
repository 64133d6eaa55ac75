-- Only the command. Nothing starts before require('codestral').setup().
if vim.g.loaded_codestral then
  return
end
vim.g.loaded_codestral = true

vim.api.nvim_create_user_command('Codestral', function(command)
  require('codestral.commands').run(command.fargs)
end, {
  nargs = '*',
  desc = 'Codestral: status, toggle, explain, login, doctor, log',
  complete = function(lead)
    return require('codestral.commands').complete(lead)
  end,
})
