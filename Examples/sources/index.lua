-- Reads words, one a line, and writes them under their first letters.
local entries, letters = {}, {}
for word in io.lines(arg[1]) do
    local letter = word:sub(1, 1)
    if not entries[letter] then
        entries[letter] = {}
        letters[#letters + 1] = letter
    end
    table.insert(entries[letter], word)
end
table.sort(letters)
for _, letter in ipairs(letters) do
    table.sort(entries[letter])
    print(letter .. ": " .. table.concat(entries[letter], ", "))
end
