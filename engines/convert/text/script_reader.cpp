// Reads scripts line by line, as SQL*Plus does: commands, substitutions, includes; the rest goes to the
// lexer.
#include <algorithm>
#include <cstring>

#include "engines/convert/text/conditional.hpp"
#include "engines/convert/text/letter_case.hpp"
#include "engines/convert/text/lexer.hpp"
#include "engines/convert/text/script.hpp"
#include "engines/convert/text/splitter.hpp"
#include "engines/convert/text/sqlplus.hpp"

namespace landfall::convert {
namespace {

constexpr int kNoValue = 9003, kForeignCommand = 9004, kNoInclude = 9005, kUnended = 9007, kTooLarge = 9010;

bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c == '#';
}

class Reader {
public:
    Reader(Script& script, const ScriptSettings& settings, const IncludeLoader& load)
        : script_{script},
          settings_{settings},
          load_{load},
          defines_{settings.defines},
          lexer_{script.text, script.comments},
          conditional_{script, settings},
          splitter_{script} {}

    void read(std::string_view bytes, const std::string& name) {
        const auto number = static_cast<std::uint32_t>(script_.files.size());
        script_.files.push_back(
            {.name = name, .text = decode_text(bytes, script_.findings), .line_starts = {}});
        mark_lines(script_.files.back());
        including_.push_back(name);
        // The list of files grows within the loop: the text is found anew for each line.
        for (std::size_t at = 0; at < script_.files[number].text.size() && !too_large();)
            at = line(number, at);
        including_.pop_back();
    }
    void finish() {
        append("\n", {});
        drain();
        if (const auto broken = lexer_.finish()) {
            tell(kUnended, Complexity::complex, broken->span, "a string or comment without its end");
            if (conditional_.takes(*broken, script_.comments, script_.findings)) splitter_.take(*broken);
        }
        conditional_.finish(script_.comments, script_.findings);
        splitter_.end();
    }

private:
    struct Place {
        std::uint32_t file = 0;
        std::uint32_t offset = 0;
        bool replaced = true;
    };

    static void mark_lines(InputFile& file) {
        file.line_starts.push_back(0);
        for (std::size_t at = file.text.find('\n'); at != std::string::npos;
             at = file.text.find('\n', at + 1))
            file.line_starts.push_back(static_cast<std::uint32_t>(at + 1));
    }
    bool too_large() {
        if (script_.text.size() < settings_.text_size_max) return false;
        if (!told_large_)
            tell(kTooLarge, Complexity::complex, here(), "the text behind this place was not read");
        told_large_ = true;
        return true;
    }
    void tell(int code, Complexity complexity, Span span, std::string detail) {
        script_.findings.push_back({.code = code,
                                    .complexity = complexity,
                                    .begin = span.begin,
                                    .end = span.end,
                                    .detail = std::move(detail)});
    }
    [[nodiscard]] Span here() const {
        const auto end = static_cast<std::uint32_t>(script_.text.size());
        return {end, end};
    }

    /// One line, or a command with its continuations; answers where the next begins.
    std::size_t line(std::uint32_t file, std::size_t at) {
        const std::string& text = script_.files[file].text;
        std::size_t end = text.find('\n', at);
        end = end == std::string::npos ? text.size() : end + 1;
        const std::string_view whole = std::string_view{text}.substr(at, end - at);
        if (!lexer_.inside()) {
            if (ends_statement(whole)) {
                // No branch reaches over the end of its unit.
                if (conditional_.inside()) conditional_.finish(script_.comments, script_.findings);
                splitter_.end();
                pass(file, at, end);
                return end;
            }
            if (splitter_.foreign()) return foreign_line(file, at, end);
            if (splitter_.between() && !conditional_.inside())
                if (const auto after = command(file, at, end)) return *after;
        }
        append_line(file, at, end);
        if (!script_.text.ends_with('\n')) append("\n", {file, static_cast<std::uint32_t>(end), true});
        drain();
        return end;
    }
    /// A line of / or of a point; behind a whole unit a comment may stand beside it.
    [[nodiscard]] bool ends_statement(std::string_view line) const {
        const std::size_t first = line.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos || (line[first] != '/' && line[first] != '.')) return false;
        line.remove_prefix(first + 1);
        const std::size_t second = line.find_first_not_of(" \t\r\n");
        if (second == std::string_view::npos) return true;
        return splitter_.between() && line[0] != '*' && line.substr(second).starts_with("--");
    }
    /// A line that is none of SQL, as one token that no parser takes.
    std::size_t foreign_line(std::uint32_t file, std::size_t at, std::size_t end) {
        std::string_view line = std::string_view{script_.files[file].text}.substr(at, end - at);
        const std::size_t first = line.find_first_not_of(" \t\r\n");
        const auto begin = static_cast<std::uint32_t>(script_.text.size());
        pass(file, at, end);
        if (first == std::string_view::npos) return end;
        const auto last = static_cast<std::uint32_t>(line.find_last_not_of(" \t\r\n") + 1);
        splitter_.take({.span = {begin + static_cast<std::uint32_t>(first), begin + last},
                        .kind = TokenKind::broken,
                        .starts_line = true});
        return end;
    }
    /// Text of the file that is no part of a statement, so that places in it can be told.
    void pass(std::uint32_t file, std::size_t at, std::size_t end) {
        append(std::string_view{script_.files[file].text}.substr(at, end - at),
               {file, static_cast<std::uint32_t>(at), false});
        lexer_.skip_to(script_.text.size());
    }

    std::optional<std::size_t> command(std::uint32_t file, std::size_t at, std::size_t end) {
        const std::string& text = script_.files[file].text;
        const std::string_view first = std::string_view{text}.substr(at, end - at);
        if (!sqlplus_command(first)) return std::nullopt;
        std::string joined{first};
        while (continues(joined) && end < text.size()) {
            joined.resize(joined.rfind('-'));
            std::size_t next = text.find('\n', end);
            next = next == std::string::npos ? text.size() : next + 1;
            joined.append(text, end, next - end);
            end = next;
        }
        const auto parsed = sqlplus_command(substituted(joined));
        splitter_.end();
        const Span span{here().begin, static_cast<std::uint32_t>(here().begin + (end - at))};
        pass(file, at, end);
        if (parsed) follow(*parsed, file, at, span);
        return end;
    }
    void follow(const SqlPlusCommand& command, std::uint32_t file, std::size_t at, Span span) {
        using What = SqlPlusCommand::What;
        switch (command.what) {
            case What::ignored: return;
            case What::define: return define(command.name, command.value, span);
            case What::undefine: defines_.erase(command.name); return;
            case What::set_define: mark_ = command.value.empty() ? '\0' : command.value.front(); return;
            case What::connect:
                if (!command.value.empty())
                    script_.current_schemas.emplace_back(
                        static_cast<std::uint32_t>(script_.statements.size()), command.value);
                return;
            case What::include: return include(command, span);
            case What::foreign:
                return tell(kForeignCommand, Complexity::info, span,
                            "a command of SQL*Plus that runs something else");
            case What::execute: return execute(command.value, {file, static_cast<std::uint32_t>(at), true});
        }
    }
    /// EXEC p(1) is BEGIN p(1); END;
    void execute(std::string_view statement, Place place) {
        while (statement.ends_with(';')) statement.remove_suffix(1);
        append("BEGIN " + std::string{statement} + "; END;\n", place);
        drain();
        splitter_.end();
    }
    void include(const SqlPlusCommand& command, Span span) {
        const auto refuse = [&](std::string_view why) {
            tell(kNoInclude, Complexity::medium, span, command.value + std::string{why});
        };
        if (including_.size() > settings_.include_depth_max)
            return refuse(": includes are nested too deeply");
        if (script_.files.size() > settings_.includes_max) return refuse(": too many files are included");
        auto file = load_ ? load_(command.value, including_.back()) : std::nullopt;
        const bool bare = command.value.find('.', command.value.find_last_of('/') + 1) == std::string::npos;
        if (!file && load_ && bare) file = load_(command.value + ".sql", including_.back());
        if (!file) return refuse(": there is no such file");
        if (std::find(including_.begin(), including_.end(), file->name) != including_.end())
            return refuse(": it includes itself");
        std::map<std::string, std::optional<std::string>> outer;
        for (std::size_t i = 0; i < command.arguments.size(); ++i) {
            const std::string number = std::to_string(i + 1);
            const auto before = defines_.find(number);
            outer[number] = before == defines_.end() ? std::nullopt : std::optional{before->second};
            define(number, command.arguments[i], span);
        }
        read(file->bytes, file->name);
        for (auto& [number, before] : outer) {
            if (before)
                defines_[number] = std::move(*before);
            else
                defines_.erase(number);
        }
    }
    void define(const std::string& name, const std::string& value, Span span) {
        if (value.size() <= settings_.value_size_max)
            defines_[name] = value;
        else
            tell(kTooLarge, Complexity::medium, span, "the value of " + name);
    }

    void append(std::string_view text, Place place) {
        const auto at = static_cast<std::uint32_t>(script_.text.size());
        const bool goes_on = !script_.segments.empty() && !place.replaced &&
                             !script_.segments.back().replaced &&
                             script_.segments.back().file == place.file &&
                             at - script_.segments.back().at == place.offset - script_.segments.back().offset;
        if (!goes_on)
            script_.segments.push_back(
                {.at = at, .file = place.file, .offset = place.offset, .replaced = place.replaced});
        script_.text.append(text);
    }
    /// The name that stands at text[at], which is a mark; how far it reaches, with the dot that ends it.
    struct Variable {
        std::string name;
        std::size_t end;
    };
    [[nodiscard]] std::optional<Variable> variable(std::string_view text, std::size_t at) const {
        std::size_t begin = at + 1;
        if (begin < text.size() && text[begin] == mark_) ++begin;
        std::size_t end = begin;
        while (end < text.size() && in_name(text[end])) ++end;
        if (end == begin) return std::nullopt;
        std::string name = in_upper_case(text.substr(begin, end - begin));
        if (end < text.size() && text[end] == '.') ++end;
        return Variable{std::move(name), end};
    }
    void append_line(std::uint32_t file, std::size_t at, std::size_t end) {
        const std::string& text = script_.files[file].text;
        std::size_t plain = at;
        const auto copy_to = [&](std::size_t to) {
            if (to > plain)
                append(std::string_view{text}.substr(plain, to - plain),
                       {file, static_cast<std::uint32_t>(plain), false});
        };
        for (std::size_t mark = at; mark_ != '\0';) {
            const void* found = std::memchr(text.data() + mark, mark_, end - mark);
            if (found == nullptr) break;
            mark = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
            const auto named = variable(std::string_view{text}.substr(0, end), mark);
            const auto value = named ? defines_.find(named->name) : defines_.end();
            if (value == defines_.end()) {
                mark = named ? named->end : mark + 1;
                if (mark >= end) break;
                continue;
            }
            copy_to(mark);
            append(value->second, {file, static_cast<std::uint32_t>(mark), true});
            plain = mark = named->end;
            if (mark >= end || script_.text.size() >= settings_.text_size_max) break;
        }
        copy_to(end);
    }
    [[nodiscard]] std::string substituted(std::string_view line) const {
        std::string out;
        for (std::size_t at = 0; at < line.size(); ++at) {
            const auto named = mark_ != '\0' && line[at] == mark_ ? variable(line, at) : std::nullopt;
            const auto value = named ? defines_.find(named->name) : defines_.end();
            if (value == defines_.end()) {
                out.push_back(line[at]);
                continue;
            }
            out.append(value->second);
            at = named->end - 1;
        }
        return out;
    }

    void drain() {
        while (const auto token = lexer_.next()) {
            if (!conditional_.takes(*token, script_.comments, script_.findings)) continue;
            if (token->kind == TokenKind::word && script_.text[token->span.begin] == '&') unknown(*token);
            if (token->kind == TokenKind::broken)
                tell(kUnended, Complexity::medium, token->span, "bytes that are no token");
            splitter_.take(*token);
        }
    }
    void unknown(const Token& token) {
        std::string name = in_upper_case(token.span.of(script_.text));
        name.erase(0, name.find_first_not_of('&'));
        if (!told_.emplace(name, true).second) return;
        tell(kNoValue, Complexity::simple, token.span, "&" + name);
    }

    Script& script_;
    const ScriptSettings& settings_;
    const IncludeLoader& load_;
    std::map<std::string, std::string> defines_;
    std::map<std::string, bool> told_;
    std::vector<std::string> including_;
    Lexer lexer_;
    Conditional conditional_;
    Splitter splitter_;
    char mark_ = '&';
    bool told_large_ = false;
};

}  // namespace

Script read_script(std::string_view bytes, const std::string& file, const ScriptSettings& settings,
                   const IncludeLoader& load) {
    Script script;
    Reader reader{script, settings, load};
    reader.read(bytes, file);
    reader.finish();
    return script;
}

Origin Script::origin_of(std::uint32_t offset) const {
    auto segment = std::upper_bound(segments.begin(), segments.end(), offset,
                                    [](std::uint32_t at, const Segment& each) { return at < each.at; });
    if (segment == segments.begin()) return {};
    --segment;
    const InputFile& file = files[segment->file];
    const auto at = static_cast<std::uint32_t>(std::min<std::size_t>(
        segment->replaced ? segment->offset : segment->offset + (offset - segment->at), file.text.size()));
    const auto line = std::upper_bound(file.line_starts.begin(), file.line_starts.end(), at) - 1;
    const std::string_view before = std::string_view{file.text}.substr(*line, at - *line);
    const auto characters = std::count_if(
        before.begin(), before.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    return {.file = file.name,
            .line = static_cast<std::uint32_t>(line - file.line_starts.begin() + 1),
            .column = static_cast<std::uint32_t>(characters + 1)};
}

}  // namespace landfall::convert
