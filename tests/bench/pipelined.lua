-- Requests for wrk to send together: as many as the first argument says.
init = function(args)
   local each = {}
   for number = 1, tonumber(args[1]) do each[number] = wrk.format(nil, "/") end
   together = table.concat(each)
end

request = function() return together end
