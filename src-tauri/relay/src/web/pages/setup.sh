echo "The set-up script is not part of this build yet." >&2; exit 1
