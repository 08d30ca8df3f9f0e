# Rewrites a manual page of swift-argument-parser's generate-manual as mdoc(7) wants it: paragraphs, literal examples in a
# section of their own, the exit statuses that the command's help tells, and names with hyphens. `quorate.1` gets
# the variables and files that hold for all commands.

# Backslashes are escaped already.
function escaped(text) {
    if (text ~ /^[.']/) text = "\\&" text
    return text
}

function example(line) {
    sub(/^  /, "", line)
    examples = examples escaped(line) "\n"
}

# A line of help: a paragraph, a line of a list, or a heading.
function told(line,    place) {
    if (line ~ /^Examples?:$/) { inExamples = 1; return }
    if (inExamples && (line ~ /^ / || line == "")) { if (line != "") example(line); return }
    inExamples = 0
    if (line ~ /^ /) {
        if (!literal) print ".Bd -literal -offset indent"
        literal = 1
        sub(/^  /, "", line)
        print escaped(line)
        return
    }
    if (literal) print ".Ed"
    literal = 0
    if (line == "") { paragraph = hasText; return }
    place = match(line, /Exit status[^:]*: /)
    if (place) {
        # "Exit status: 0 …" goes without these words, "Exit status of verify: …" with them.
        status = substr(line, RLENGTH == 13 ? place + RLENGTH : place)
        line = substr(line, 1, place - 1)
        sub(/ +$/, "", line)
        if (line == "") return
    }
    if (paragraph) print ".Pp"
    paragraph = 0
    hasText = 1
    print escaped(line)
}

function sections() {
    if (name == "QUORATE") while ((getline line < common) > 0) print line
    print ".Sh \"EXIT STATUS\""
    if (status != "") print escaped(status)
    else print "0 when all went well."
    if (name != "QUORATE") print ".Pp\nWhat other statuses mean is told in\n.Xr quorate 1 ."
    if (examples != "") printf ".Sh EXAMPLES\n.Bd -literal -offset indent\n%s.Ed\n", examples
}

$1 == ".Dt" || $1 == ".Xr" { gsub(/\./, "-", $2) }
# Without this, groff heads every page with BSD's manual.
$1 == ".Dt" { name = $2; print ".ds doc-volume-operating-system Quorate" }
$1 == ".Os" { print ".Os Quorate"; next }
$1 == ".Ex" { next }
/^\.Sh/ || /^\.Bl/ { if (inText && literal) print ".Ed"; inText = literal = inExamples = 0 }
/^\.Sh DESCRIPTION/ { inText = 1; print; next }
/^\.Sh "EXIT STATUS"/ { sections(); next }
/^\.Sh "SEE ALSO"/ { separator = name != "QUORATE"; linked = !separator; hasOthers = 1 }
linked == 0 && separator && $1 == ".Xr" { linked = 1; print ".Xr quorate 1 ,"; print; next }
inText { told($0); next }
$0 == "" { print ".Pp"; next }
{ print }
END { if (!hasOthers) print ".Sh \"SEE ALSO\"\n.Xr quorate 1" }
