#!/bin/sh
# Prints a Python of at least 3.11 for the bot, or says what to do and exits 2.
fits() {
  command -v "$1" >/dev/null 2>&1 &&
    "$1" -c 'import sys, venv; sys.exit(sys.version_info[:2] < (3, 11))' >/dev/null 2>&1
}
for python in "${ANTAM_PYTHON:-}" python3.12 python3.11 python3.13 python3.14 python3 python; do
  [ -n "$python" ] && fits "$python" && command -v "$python" && exit 0
done
cat >&2 <<'SAY'
An Tâm needs Python 3.11 or newer (with its venv module) and none was found.
  Debian, Ubuntu: sudo apt install python3 python3-venv
  Others: https://www.python.org/downloads/
If it is somewhere unusual: ANTAM_PYTHON=/path/to/python3.11 make run
Cần Python 3.11 trở lên (có mô-đun venv). Cài xong bạn chạy lại lệnh này.
SAY
exit 2
