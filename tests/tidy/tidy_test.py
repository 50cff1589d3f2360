#!/usr/bin/env python3
"""The tidy test bites: each rule finds the violation that it is for, and lets the lawful twin pass."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402


class Laws(unittest.TestCase):
    def bites(self, rule, bad, good):
        self.assertTrue(list(rule(bad)), "the violation was not found")
        self.assertEqual(list(rule(good)), [])

    def test_base_includes_nothing_above_it(self):
        self.bites(tidy.layers, {"base/a.cpp": '#include "core/state/store.hpp"\n'},
                   {"base/a.cpp": '#include "base/result.hpp"\n'})

    def test_services_do_not_include_each_other_or_the_front(self):
        self.bites(tidy.layers, {"services/s3/api.cpp": '#include "services/ec2/service.hpp"\n'},
                   {"services/s3/api.cpp": '#include "services/s3/service.hpp"\n#include "wire/api/call.hpp"\n'})
        self.assertTrue(list(tidy.layers({"services/s3/api.cpp": '#include "front/gateway.hpp"\n'})))
        self.assertTrue(list(tidy.layers({"services/s3/api.cpp": '#include "wire/protocols/xml.hpp"\n'})))

    def test_engines_do_not_include_each_other(self):
        self.bites(tidy.layers, {"engines/images/a.cpp": '#include "engines/machines/b.hpp"\n'},
                   {"engines/images/a.cpp": '#include "core/blocks/store.hpp"\n'})

    def test_names_that_say_nothing(self):
        self.bites(tidy.names, {"base/string_util.cpp": ""}, {"base/encoding.cpp": ""})
        self.bites(tidy.names, {"base/a.hpp": "class JobManager {\n"}, {"base/a.hpp": "class Jobs {\n"})

    def test_calls(self):
        self.bites(tidy.calls, {"base/a.cpp": "std::this_thread::sleep_for(1s);\n"}, {"base/a.cpp": 'f("sleep_for");\n'})
        self.bites(tidy.calls, {"base/a.hpp": "#include <boost/asio.hpp>\n"}, {"base/a.cpp": "#include <boost/asio.hpp>\n"})

    def test_long_functions_and_files(self):
        long = "int f(int a) {\n" + "a++;\n" * 70 + "return a; }\n"
        short = "int f(int a) {\n" + "a++;\n" * 60 + "return a; }\n"
        self.bites(tidy.sizes, {"base/a.cpp": long}, {"base/a.cpp": short})
        self.bites(tidy.sizes, {"base/a.cpp": "\n" * 801}, {"base/a.cpp": "\n" * 800})

    def test_a_listed_giant_may_only_shrink(self):
        listed = {"tests/tidy/giants.txt": "base/a.cpp 900\n"}
        self.bites(tidy.sizes, {**listed, "base/a.cpp": "\n" * 901}, {**listed, "base/a.cpp": "\n" * 900})

    def test_a_try_in_braces_leaks_what_stands_before_it(self):
        self.bites(tidy.leaks, {"base/a.cpp": "auto f() {\n    Key key{.id = id,\n            .arn = TRY(arn())};\n}\n"},
                   {"base/a.cpp": "auto f() {\n    Key key{.arn = TRY(arn()), .id = id};\n    g(id, TRY(arn()));\n}\n"})
        self.bites(tidy.leaks, {"base/a.cpp": "auto f() {\n    return Row{id, make(TRY(arn()))};\n}\n"},
                   {"base/a.cpp": "auto f() {\n    each(a, [&](const F& f) -> Status {\n        TRY(g(f));\n    });\n}\n"})

    def test_todos_have_numbers(self):
        self.bites(tidy.marks, {"base/a.cpp": "// TODO later\n"}, {"base/a.cpp": "// TODO(#12) later\n"})

    def test_operations_have_rows(self):
        code = {"services/s3/api.cpp": "registry.on<s3::GetObject>(Runs::worker, f);\n"}
        self.bites(tidy.operations, {**code, "services/s3/README.md": "| PutObject |\n"},
                   {**code, "services/s3/README.md": "| GetObject |\n"})

    def test_services_have_one_shape(self):
        self.bites(tidy.service_shape, {"services/s3/model.hpp": ""},
                   {"services/s3/README.md": "", "services/s3/service.hpp": "", "services/s3/api.cpp": ""})


if __name__ == "__main__":
    unittest.main()
