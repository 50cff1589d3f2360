#include <ostream>
#include <string_view>

#include "apps/landfall/commands.hpp"

namespace landfall::app {
namespace {

constexpr std::string_view kBash = R"(_landfall() {
    local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-}
    local commands="server status jobs access store queue notify doctor env completion"
    local access="list add-account add-key disable-key enable-key remove-key"
    case $COMP_CWORD:$command in
        1:*) COMPREPLY=($(compgen -W "$commands --help --version" -- "$cur")) ;;
        2:store) COMPREPLY=($(compgen -W "stats verify check rebuild-index gc" -- "$cur")) ;;
        2:access) COMPREPLY=($(compgen -W "$access" -- "$cur")) ;;
        2:notify) COMPREPLY=($(compgen -W "add list remove" -- "$cur")) ;;
        2:completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur")) ;;
        *) if [[ ${COMP_WORDS[COMP_CWORD-1]} == --data ]]; then COMPREPLY=($(compgen -d -- "$cur"))
           elif [[ ${COMP_WORDS[COMP_CWORD-1]} == --config ]]; then COMPREPLY=($(compgen -f -- "$cur"))
           else COMPREPLY=($(compgen -W "--data --listen --config --set --help --endpoint" -- "$cur"))
           fi ;;
    esac
}
complete -F _landfall landfall
)";

constexpr std::string_view kFish =

    R"(complete -c landfall -f -n __fish_use_subcommand \
    -a 'server status jobs access store queue notify doctor env completion'
complete -c landfall -f -n '__fish_seen_subcommand_from store' -a 'stats verify check rebuild-index gc'
complete -c landfall -f -n '__fish_seen_subcommand_from access' \
    -a 'list add-account add-key disable-key enable-key remove-key'
complete -c landfall -f -n '__fish_seen_subcommand_from notify' -a 'add list remove'
complete -c landfall -l data -r -d 'data directory'
complete -c landfall -l listen -x -d 'HOST:PORT'
complete -c landfall -l config -r -d "TOML settings"
complete -c landfall -l set -x -d 'KEY=VALUE'
)";

}  // namespace

int print_completion(const std::string& shell, std::ostream& out) {
    if (shell == "fish") {
        out << kFish;
        return 0;
    }
    if (shell == "zsh") out << "autoload -U +X bashcompinit && bashcompinit\n";
    out << kBash;
    return 0;
}

}  // namespace landfall::app
