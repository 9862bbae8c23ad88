set -u
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
DEBIAN_FRONTEND=noninteractive
export LC_ALL PATH DEBIAN_FRONTEND
umask 077

# Puts back what was kept in one directory: files as they were, and files that were made are taken away.
put_back() {
    if [ -d "$1/was" ]; then
        find "$1/was" -type f -exec sh -c 'cat -- "$1" > "${1#"$0"}"' "$1/was" {} \;
    fi
    if [ -d "$1/made" ]; then
        find "$1/made" -type f -exec sh -c 'rm -f -- "${1#"$0"}"' "$1/made" {} \;
    fi
}

reload=no
case ${1-} in
'') ;;
--reload) reload=yes ;;
--undo)
    put_back "${2:?which directory?}/whole"
    exit 0
    ;;
*)
    echo "usage: $0 [--reload | --undo DIRECTORY]" >&2
    exit 64
    ;;
esac

if [ "$(id -u)" != 0 ]; then
    echo "$0 changes files of root's: run it as root." >&2
    exit 77
fi

kept=/var/backups/midwatch-$(date -u +%Y%m%dT%H%M%SZ)-$$
mkdir -p -- "$kept" || exit 1
part=none
changed=no
left=0

# Something could not be done; the rest goes on.
leave() {
    printf 'left as it is: %s\n' "$1" >&2
    left=$((left + 1))
}

# The file behind every symbolic link, in $real.
find_real() {
    real=$(readlink -f -- "$1" && echo x) || return 1
    # The line feed of readlink, and the x that keeps those of the name itself.
    real=${real%?x}
}

# keep FILE: keeps it as it is now, for this part of the script and for the whole.
keep() {
    keep_in "$kept/whole" "$1" && keep_in "$kept/$part" "$1"
}

# keep_in DIRECTORY FILE: the first time alone, so that what is kept is what was there before.
keep_in() {
    if [ -e "$1/was$2" ] || [ -e "$1/made$2" ]; then
        return 0
    elif [ -e "$2" ]; then
        to=$1/was$2
        mkdir -p -- "${to%/*}" && cp -p -- "$2" "$to"
    else
        to=$1/made$2
        mkdir -p -- "${to%/*}" && : > "$to"
    fi
}

# write FILE COMMAND...: what a command says becomes what the file holds, which keeps its owner and its rights. The file is
# the command's input, where there is one.
write() {
    target=$1
    shift
    [ -e "$target" ] || (umask 022 && mkdir -p -- "${target%/*}" && : > "$target")
    if "$@" < "$target" > "$kept/new" && cat -- "$kept/new" > "$target"; then
        changed=yes
    else
        leave "$target could not be written"
    fi
}

# line FILE NUMBER WAS BECOMES: another line in the place of one that still is what was seen. Lines that this script has put
# in front of it are counted.
line() {
    if ! find_real "$1" || [ ! -f "$real" ]; then
        leave "$1 is not there any more"
        return 0
    fi
    NUMBER=$2 WAS=$3 BECOMES=$4
    export NUMBER WAS BECOMES
    found=$(awk '
        { all[NR] = $0 }
        NR == 1 && $0 == "# midwatch: begin" { inside = 1 }
        inside { above++ }
        $0 == "# midwatch: end" { inside = 0 }
        END {
            n = ENVIRON["NUMBER"] + 0
            for (i = 0; i < 2; i++) {
                if (n <= NR && all[n] == ENVIRON["WAS"]) { print n; exit }
                if (n <= NR && all[n] == ENVIRON["BECOMES"]) { print "done"; exit }
                n += above
            }
        }' < "$real")
    case $found in
    done) ;;
    '') leave "line $2 of $1 is not what it was when midwatch looked" ;;
    *)
        keep "$real" || { leave "$1 could not be kept"; return 0; }
        NUMBER=$found
        write "$real" awk 'NR == ENVIRON["NUMBER"] + 0 { print ENVIRON["BECOMES"]; next } { print }'
        ;;
    esac
}

# top FILE LINE: a line above all others, in a part of the file that is marked.
top() {
    if ! find_real "$1" || [ ! -f "$real" ]; then
        leave "$1 is not there any more"
        return 0
    fi
    LINE=$2
    export LINE
    if awk 'NR == 1 && $0 != "# midwatch: begin" { exit } $0 == "# midwatch: end" { exit }
        $0 == ENVIRON["LINE"] { found = 1 } END { exit !found }' < "$real"; then
        return 0
    fi
    keep "$real" || { leave "$1 could not be kept"; return 0; }
    write "$real" awk 'NR == 1 && $0 != "# midwatch: begin" {
            print "# midwatch: begin"; print ENVIRON["LINE"]; print "# midwatch: end"; done = 1
        }
        $0 == "# midwatch: end" && !done { print ENVIRON["LINE"]; done = 1 }
        { print }
        END { if (!NR) print ENVIRON["LINE"] }'
}

# end FILE LINE...: lines behind all others, where they are not there one after the other yet. The file is made where there is
# none.
end() {
    find_real "$1" || real=$1
    shift
    LINES_WANTED=$(printf '%s\n' "$@")
    export LINES_WANTED
    if [ -f "$real" ] && awk 'BEGIN { n = split(ENVIRON["LINES_WANTED"], wanted, "\n") }
        { all[NR] = $0 }
        END {
            for (i = 1; i + n - 1 <= NR; i++) {
                same = 1
                for (j = 1; j <= n; j++) if (all[i + j - 1] != wanted[j]) { same = 0; break }
                if (same) exit 0
            }
            exit 1
        }' < "$real"; then
        return 0
    fi
    keep "$real" || { leave "$real could not be kept"; return 0; }
    write "$real" awk '{ print } END { print ENVIRON["LINES_WANTED"] }'
}

# mode MODE PATH: other rights. What they were stands in the comment above.
mode() {
    if [ -e "$2" ]; then
        chmod "$1" "$2" || leave "the rights of $2"
    else
        leave "$2 is not there any more"
    fi
}

# run COMMAND...: a command that makes the change itself.
run() {
    if ! command -v "$1" > /dev/null 2>&1; then
        leave "$1 is not there, and makes this change"
    elif "$@" < /dev/null >&2; then
        changed=yes
    else
        leave "$1 failed"
    fi
}

# begin PART
begin() {
    part=$1
    changed=no
}

# finish NAME UNIT TEST...: the program's own test; where it fails, everything of this part is put back. Then, with --reload, the
# program reads its files anew.
finish() {
    name=$1 unit=$2
    shift 2
    [ "$changed" = yes ] || return 0
    if [ $# -gt 0 ] && command -v "$1" > /dev/null 2>&1 && ! "$@" < /dev/null > "$kept/test" 2>&1; then
        cat -- "$kept/test" >&2
        put_back "$kept/$part"
        leave "$name: its own test ($*) refuses the changes, which were put back"
        return 0
    fi
    if [ -z "$unit" ]; then
        return 0
    fi
    if [ "$reload" = no ]; then
        printf '%s is changed: it reads its files anew by systemctl reload-or-restart %s\n' "$name" "$unit"
    elif [ -d /run/systemd/system ]; then
        systemctl reload-or-restart "$unit" || leave "$name could not be reloaded"
    else
        service "$unit" reload || service "$unit" restart || leave "$name could not be reloaded"
    fi
}
