#!/bin/sh
# Prints a Python 3.10 that really runs, or says what to do and exits 2.
# Looked for: $ANTAM_PYTHON310, PATH, pyenv, uv (which may fetch one).
fits() {
  [ -n "$1" ] && "$1" -c 'import sys, venv, ssl; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1
}
found() {
  printf '%s\n' "$1"
  exit 0
}
# `command -v` is not enough: under pyenv python3.10 may be a shim that fails.
on_path=$(command -v python3.10 2>/dev/null)
for python in "${ANTAM_PYTHON310:-}" "$on_path" /usr/bin/python3.10 /usr/local/bin/python3.10 /opt/homebrew/bin/python3.10; do
  fits "$python" && found "$python"
done
pyenv_root=${PYENV_ROOT:-$HOME/.pyenv}
if command -v pyenv >/dev/null 2>&1; then
  prefix=$(pyenv prefix 3.10 2>/dev/null) && fits "$prefix/bin/python3.10" && found "$prefix/bin/python3.10"
  pyenv_root=$(pyenv root 2>/dev/null || printf '%s' "$pyenv_root")
fi
for python in "$pyenv_root"/versions/3.10*/bin/python3.10; do
  fits "$python" && found "$python"
done
if command -v uv >/dev/null 2>&1; then
  python=$(uv python find 3.10 2>/dev/null) && fits "$python" && found "$python"
  uv python install 3.10 >&2 && python=$(uv python find 3.10 2>/dev/null) && fits "$python" && found "$python"
fi
cat >&2 <<'SAY'
The language model runs on Rasa, which needs Python 3.10, and none was found.
  with uv:     uv python install 3.10
  with pyenv:  pyenv install 3.10
  Debian 12, Ubuntu 24.04: use one of the two above; Ubuntu 22.04: sudo apt install python3.10 python3.10-venv
If it is somewhere unusual: ANTAM_PYTHON310=/path/to/python3.10 make run
Mô hình ngôn ngữ cần Python 3.10 mà máy chưa có. Cài bằng một trong các lệnh trên rồi chạy lại.
SAY
exit 2
