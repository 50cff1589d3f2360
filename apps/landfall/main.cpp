// landfall: one program: the server, and the commands that look after it.
#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "apps/landfall/commands.hpp"
#include "apps/landfall/convert_commands.hpp"
#include "apps/landfall/migrate_commands.hpp"
#include "apps/landfall/settings.hpp"

extern char** environ;

namespace landfall::app {
namespace {

constexpr const char* kAbout =
    "Landfall: brings machines and databases in from anywhere and keeps them safe, behind the AWS API.\n\n"
    "  landfall server --data DIR          run the server; everything it keeps is in DIR\n"
    "  eval $(landfall env --data DIR)     point the aws CLI at it\n"
    "  aws s3 mb s3://import               … and use it\n"
    "  landfall doctor                     what this machine lacks, and what to do about it\n";

/// What every command takes: where the settings come from.
struct Flags {
    std::string config;
    Overrides overrides;
    std::vector<std::string> assignments;
};

void add_settings_flags(CLI::App& command, Flags& flags) {
    command.add_option("--config", flags.config, "TOML file of settings")->envname("LANDFALL_CONFIG");
    command.add_option_function<std::string>(
        "--data", [&flags](const std::string& v) { flags.overrides["server.data"] = v; },
        "data directory (environment: LANDFALL_DATA)");
    command.add_option_function<std::string>(
        "--listen", [&flags](const std::string& v) { flags.overrides["server.listen"] = v; },
        "HOST:PORT of the endpoint (default 127.0.0.1:4566; port 0: any free one)");
    command.add_option("--set", flags.assignments,
                       "any other setting, KEY=VALUE (docs/LIMITS.md lists them)");
}

Result<Settings> settings_of(const Flags& flags) {
    Overrides overrides = flags.overrides;
    for (const std::string& assignment : flags.assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos)
            return Error{Errc::invalid, "--set " + assignment + ": expected KEY=VALUE"};
        overrides[assignment.substr(0, equals)] = assignment.substr(equals + 1);
    }
    return load_settings(flags.config, overrides_from_environment(environ), overrides);
}

/// One command: its flags, and what to run with the settings that they give.
class Commands {
public:
    explicit Commands(CLI::App& program) : program_{program} {}

    CLI::App& add(const std::string& name, const std::string& about,
                  std::function<int(const Settings&)> run) {
        return add_to(program_, name, about, std::move(run));
    }
    CLI::App& add_to(CLI::App& parent, const std::string& name, const std::string& about,
                     std::function<int(const Settings&)> run) {
        CLI::App& command = *parent.add_subcommand(name, about);
        add_settings_flags(command, flags_);
        runs_[&command] = std::move(run);
        return command;
    }

    /// A command that has nothing to do with a server and its settings.
    CLI::App& add_alone(const std::string& name, const std::string& about, std::function<int()> run) {
        CLI::App& command = *program_.add_subcommand(name, about);
        alone_[&command] = std::move(run);
        return command;
    }

    int run() const {
        for (const auto& [command, run] : alone_)
            if (command->parsed()) return run();
        for (const auto& [command, run] : runs_) {
            if (!command->parsed()) continue;
            const auto settings = settings_of(flags_);
            if (!settings.ok()) {
                std::cerr << "landfall: " << settings.error().message() << '\n';
                return 2;
            }
            return run(*settings);
        }
        std::cout << program_.help();
        return 2;
    }

private:
    CLI::App& program_;
    Flags flags_;
    std::map<CLI::App*, std::function<int(const Settings&)>> runs_;
    std::map<CLI::App*, std::function<int()>> alone_;
};

void add_store_commands(CLI::App& program, Commands& commands, ClientOptions& client) {
    CLI::App& store = *program.add_subcommand("store", "look after the block store");
    store.require_subcommand(1);
    const auto add = [&](const char* name, const char* about, StoreAction action) {
        commands.add_to(store, name, about,
                        [action](const Settings& s) { return run_store(s, action, std::cout); });
    };
    add("stats", "how much is kept, and how much of it is unique", StoreAction::stats);
    add("verify", "of a stopped server: read everything back: every block's key, hash and place",
        StoreAction::verify_all);
    add("check", "compare packs, index and trees without reading blocks", StoreAction::verify_metadata);
    add("rebuild-index", "make the index anew from the packs", StoreAction::rebuild_index);
    add("gc", "give back the space of what was deleted", StoreAction::collect_garbage);
    const auto ask = [&](const char* name, const char* about) {
        CLI::App& command = commands.add_to(store, name, about, [name, &client](const Settings& s) {
            return run_upkeep(s, client, name, std::cout);
        });
        command.add_option("--endpoint", client.endpoint, "URL of the server")->envname("LANDFALL_URL");
    };
    ask("scrub", "of a running server: read everything back now, at full speed");
    ask("collect", "of a running server: give back the space of what was deleted, now");
}

/// Lives as long as the commands that fill and read it.
struct AccessFlags {
    ClientOptions client;
    AccessOptions options;
};

void add_access_commands(CLI::App& program, Commands& commands, AccessFlags& flags) {
    CLI::App& access =
        *program.add_subcommand("access", "accounts and their access keys, as the first account's root");
    access.require_subcommand(1);
    const auto add = [&](const char* name, const char* about, AccessAction action) -> CLI::App& {
        CLI::App& command = commands.add_to(access, name, about, [&flags, action](const Settings& s) {
            return run_access(s, flags.client, action, flags.options, std::cout);
        });
        command.add_option("--endpoint", flags.client.endpoint, "URL of the server")->envname("LANDFALL_URL");
        return command;
    };
    add("list", "every account with its keys", AccessAction::list);
    CLI::App& account =
        add("add-account", "a new account with a root key, printed once", AccessAction::add_account);
    CLI::App& key = add("add-key", "a further root key of an account, printed once", AccessAction::add_key);
    CLI::App& removal = add("remove-key", "the key works no longer, at once", AccessAction::remove_key);
    CLI::App& disabling = add("disable-key", "the key is refused from now on, and can be enabled again",
                              AccessAction::disable_key);
    CLI::App& enabling = add("enable-key", "a disabled key works again", AccessAction::enable_key);
    account.add_option("--name", flags.options.name, "what people call the account");
    for (CLI::App* command : {&account, &key}) {
        command->add_option("account", flags.options.subject, "12 digits")->required();
        command->add_option("--profile-out", flags.options.profile_out,
                            "also write the key to this new file, as an AWS profile");
        command->add_option("--profile", flags.options.profile,
                            "name of that profile (default: the account)");
    }
    for (CLI::App* command : {&removal, &disabling, &enabling})
        command->add_option("key", flags.options.subject, "access key id")->required();
}

void add_queue_commands(CLI::App& program, Commands& commands, QueueOptions& options) {
    CLI::App& queue = *program.add_subcommand("queue", "look into queues, send dead letters back");
    queue.require_subcommand(1);
    const auto add = [&](const char* name, const char* about, QueueAction action) -> CLI::App& {
        CLI::App& command = commands.add_to(queue, name, about, [action, &options](const Settings& s) {
            return run_queue(s, action, options, std::cout);
        });
        command.add_option("--endpoint", options.endpoint, "URL of the server")->envname("LANDFALL_URL");
        return command;
    };
    add("stats", "messages, ages and counts of every queue", QueueAction::stats)
        .add_option("prefix", options.queue, "only queues whose names start so");
    CLI::App& peek = add("peek", "the first messages, without receiving them", QueueAction::peek);
    peek.add_option("queue", options.queue, "its name")->required();
    peek.add_option("--max", options.max, "how many (default 10)")->check(CLI::Range(1, 1000));
    CLI::App& move = add("move", "dead letters back to where they came from, and wait", QueueAction::move);
    move.add_option("queue", options.queue, "the dead-letter queue: its name or ARN")->required();
    move.add_option("--to", options.target, "another queue instead: its name or ARN");
    move.add_option("--rate", options.rate, "messages a second, at most 500")->check(CLI::Range(1, 500));
}

void add_notify_commands(CLI::App& program, Commands& commands, NotifyOptions& options) {
    CLI::App& notify = *program.add_subcommand("notify", "send events of the server to topics");
    notify.require_subcommand(1);
    const auto add = [&](const char* name, const char* about, NotifyAction action) -> CLI::App& {
        CLI::App& command = commands.add_to(notify, name, about, [action, &options](const Settings& s) {
            return run_notify(s, action, options, std::cout);
        });
        command.add_option("--endpoint", options.endpoint, "URL of the server")->envname("LANDFALL_URL");
        return command;
    };
    CLI::App& rule = add("add", "from now on; prints the id", NotifyAction::add);
    rule.add_option("--topic", options.topic, "ARN of a topic of this account")->required();
    rule.add_option("--event", options.events,
                    "KIND[:CHANGE[:STATE]] with * and ?, several times: 'job:*:failed', 'ec2.instance', '*'")
        ->required();
    add("list", "every rule of this account", NotifyAction::list);
    add("remove", "from now on no more", NotifyAction::remove)
        .add_option("id", options.id, "as add and list print it")
        ->required();
}

void add_convert_command(Commands& commands, ConvertOptions& options) {
    CLI::App& command =
        commands.add_alone("convert", "turn the scripts of an Oracle or MySQL schema into PostgreSQL's",
                           [&options] { return run_convert(options, std::cout, std::cerr); });
    command.add_option("--from", options.from, "what the scripts are written for (default oracle)")
        ->check(CLI::IsMember({"oracle", "mysql", "mariadb"}));
    command.add_option("--to", options.to, "what they become (default postgresql: 15 or newer)")
        ->check(CLI::IsMember({"postgresql"}));
    command.add_option("--in", options.in, "files, and folders of them; in a folder they are read by name")
        ->required();
    command.add_option("--out", options.out, "the folder to write to; what it holds of others stays")
        ->required();
    command
        .add_option("--layout", options.layout, "objects: a file an object; single: all.sql; both (default)")
        ->check(CLI::IsMember({"objects", "single", "both"}));
    command.add_option("--report", options.reports,
                       "also write a report: NAME.html, NAME.pdf or NAME.csv (three files)");
    command.add_option("--settings", options.settings, "TOML file of settings (docs/convert/settings.md)");
    command.add_option("--define", options.defines, "NAME=VALUE: what &NAME stands for");
    command.add_option("--apply", options.apply,
                       "run it on this PostgreSQL at once: libpq's connection string, such as 'dbname=hr'");
    command.add_flag("--check", options.check, "after that let plpgsql_check look at every routine");
}

void add_migrate_command(Commands& commands, MigrateOptions& options) {
    CLI::App& command =
        commands.add_alone("migrate", "move a database to PostgreSQL or into files while it is in use",
                           [&options] { return run_migrate(options, std::cout, std::cerr); });
    command.add_option("--from", options.from, "the source: postgresql://… or @FILE that holds it")
        ->required();
    command.add_option("--to", options.to, "the target, likewise, or s3://BUCKET/FOLDER")->required();
    command.add_option("--name", options.name, "of this migration: the same name goes on where it was left");
    command.add_option("--tables", options.tables, "schema.table with * and ?, several times (default: all)");
    command.add_flag("--full-load", options.full_load, "definitions and rows");
    command.add_flag("--cdc", options.changes, "and then what changes at the source");
    command.add_flag("--cutover", options.cutover,
                     "once caught up: the source becomes read-only, its sessions end, the target takes over");
    command.add_flag("--no-validation", options.unchecked, "do not compare the rows of both sides");
    command.add_option("--workers", options.workers, "how many load at once (default 4)");
    command.add_option("--apply", options.apply,
                       "changes one by one ('transactional', the default) or what many of them leave of each "
                       "row ('batch')");
    command.add_option("--on-error", options.on_error,
                       "what a row or a table does that the target does not take: 'stop' (the default), or "
                       "'suspend' the table while all others go on");
    command.add_option("--reload", options.reload,
                       "of a migration that goes on: schema.table whose rows are loaded anew, several times");
    command.add_option("--ddl", options.ddl,
                       "definitions that change at the source: 'follow' (the default) or 'stop'");
    command.add_option("--setting", options.settings,
                       "of files: NAME=VALUE as S3Settings of DMS has them, several times");
    command.add_option("--endpoint-url", options.endpoint,
                       "of the bucket (default: AWS_ENDPOINT_URL or the profile, as the aws CLI)");
    command.add_option("--spool", options.spool,
                       "a folder for files on their way (default TMPDIR, /var/tmp)");
}

int parse_and_run(int argc, char** argv) {
    CLI::App program{kAbout, "landfall"};
    program.set_version_flag("--version", std::string{"landfall 0.1.0"});
    Commands commands{program};
    ClientOptions client;
    std::string shell = "bash";

    commands.add("server", "run the server in the foreground until SIGTERM", run_server);
    CLI::App& status = commands.add("status", "is the server up, and what does it hold",
                                    [&](const Settings& s) { return run_status(s, client, std::cout); });
    CLI::App& jobs = commands.add("jobs", "what the server is working on",
                                  [&](const Settings& s) { return run_jobs(s, client, std::cout); });
    jobs.add_flag("-f,--follow", client.follow, "go on until every job has ended");
    for (CLI::App* command : {&status, &jobs})
        command->add_option("--endpoint", client.endpoint, "URL of the server")->envname("LANDFALL_URL");
    AccessFlags access;
    add_access_commands(program, commands, access);
    add_store_commands(program, commands, client);
    QueueOptions queue;
    add_queue_commands(program, commands, queue);
    NotifyOptions notify;
    add_notify_commands(program, commands, notify);
    ConvertOptions convert;
    add_convert_command(commands, convert);
    MigrateOptions migrate;
    add_migrate_command(commands, migrate);
    commands.add("doctor", "look at what a server needs of this machine",
                 [](const Settings& s) { return run_doctor(s, std::cout); });
    commands.add("env", "print the exports that point the aws CLI at the server",
                 [](const Settings& s) { return run_env(s, std::cout); });
    CLI::App& completion = commands.add("completion", "print a completion script",
                                        [&](const Settings&) { return print_completion(shell, std::cout); });
    completion.add_option("shell", shell, "bash, zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}));
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        const int code = program.exit(e);
        return code == 0 ? 0 : 2;
    }
    return commands.run();
}

}  // namespace
}  // namespace landfall::app

int main(int argc, char** argv) { return landfall::app::parse_and_run(argc, argv); }
