#!/bin/sh
# bundle-css.sh MAIN.css: prints it with each line `@import "file.css";` replaced by that file's text.
set -eu

cd "$(dirname "$1")"
awk '
  /^@import/ {
    if (split($0, part, "\"") != 3 || part[3] != ";") {
      print FILENAME ":" FNR ": expected @import \"file.css\"; and nothing else, came " $0 >"/dev/stderr"
      exit 1
    }
    found = 0
    while ((status = (getline line <part[2])) > 0) { print line; found = 1 }
    close(part[2])
    if (status < 0 || !found) {
      print FILENAME ":" FNR ": expected a style sheet with something in it, came " part[2] >"/dev/stderr"
      exit 1
    }
    next
  }
  { print }
' "$(basename "$1")"
