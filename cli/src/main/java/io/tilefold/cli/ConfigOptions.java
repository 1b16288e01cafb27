package io.tilefold.cli;

import io.tilefold.cli.config.SettingsPrinter;
import io.tilefold.cli.config.SettingsReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which a command takes its settings. */
final class ConfigOptions {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "YAML file of settings; what it leaves out has its default.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "One setting, in place of the file's. Repeatable; list elements are separated by commas.")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--print-config", description = "Print the settings that would be used, with comments, and exit.")
    private boolean print;

    /** The effective settings; {@code moreOverrides} win over all others. */
    <T extends Record> T read(T defaults, List<String> moreOverrides) throws IOException {
        List<String> all = new ArrayList<>(overrides);
        all.addAll(moreOverrides);
        return SettingsReader.read(defaults, Optional.ofNullable(config), all);
    }

    /** A command's own option as an override; none if it was not given. */
    static List<String> override(String name, @Nullable Object value) {
        return value == null ? List.of() : List.of(name + "=" + value);
    }

    /** Whether all that is wanted is to see the settings; prints them then. */
    boolean printed(Record settings, PrintWriter out) {
        if (print) {
            out.print(SettingsPrinter.print(settings));
            out.flush();
        }
        return print;
    }
}
