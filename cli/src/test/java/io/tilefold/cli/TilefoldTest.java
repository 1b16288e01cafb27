package io.tilefold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.catalog.CatalogFile;
import io.tilefold.cli.config.IngestSettings;
import io.tilefold.cli.config.SettingsPrinter;
import io.tilefold.core.definition.Catalog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TilefoldTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "compile",
                "upload",
                "backfill",
                "replay",
                "daily",
                "analyze",
                "fetch",
                "loadtest",
                "broker",
                "ingest",
                "serve",
                "store",
                "top",
                "version"
            })
    void everyCommandHasHelp(String command) {
        assertThat(run(command, "--help")).isEqualTo(Tilefold.EXIT_OK);
        assertThat(out.toString()).startsWith("Usage: tilefold " + command);
    }

    @Test
    void unknownCommandIsUsageErrorWithSuggestion() {
        assertThat(run("brokr")).isEqualTo(Tilefold.EXIT_USAGE);
        assertThat(err.toString()).contains("Did you mean: tilefold broker").contains("Try: tilefold --help");
    }

    @Test
    void noCommandIsUsageError() {
        assertThat(run()).isEqualTo(Tilefold.EXIT_USAGE);
        assertThat(err.toString()).startsWith("tilefold: which command?");
    }

    @Test
    void failureIsOneLine() {
        assertThat(run("ingest", "--set", "grpcPort=-1")).isEqualTo(Tilefold.EXIT_FAILURE);
        assertThat(err.toString().lines())
                .containsExactly("tilefold ingest: --set grpcPort=-1: grpcPort: -1 is not from 0 to 65535");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "backfill --join j --end-ds 2001-02-30 --out o           | --end-ds \"2001-02-30\" is no day: write yyyy-MM-dd, 2001-02-09",
                "backfill --join j --start-ds yesterday --out o          | --start-ds \"yesterday\" is no day",
                "analyze --join j --start-ds 2001-2-9 --end-ds 2001-02-09 | --start-ds \"2001-2-9\" is no day",
                "upload --ds 20010209                                    | --ds \"20010209\" is no day",
                "backfill --join j --out o                               | --join j: there is no such join; there is none at all",
                "backfill --group-by g --out o                           | --group-by g: there is no such GroupBy",
                "backfill --staging-query s --out o                      | --staging-query s: there is no such staging query",
                "analyze --group-by g --start-ds 2001-02-09 --end-ds 2001-02-09 | --group-by g: there is no such GroupBy",
                "upload --ds 2001-02-09 --group-by g                     | --group-by g: there is no such GroupBy",
                "backfill --join j --label-end-ds 2001-2-9 --out o       | --label-end-ds \"2001-2-9\" is no day",
                "daily --ds 2001-13-40 --out o                           | --ds \"2001-13-40\" is no day: write yyyy-MM-dd, 2001-02-09",
                "daily --ds 2001-02-09 --join j --out o                  | --join j: there is no such join",
                "replay --join j --start-ds 2001-13-40 --end-ds 2001-02-09 --out o | --start-ds \"2001-13-40\" is no day: write yyyy-MM-dd",
                "replay --join j --start-ds 2001-02-08 --end-ds today --out o | --end-ds \"today\" is no day",
                "replay --join j --start-ds 2001-02-08 --end-ds 2001-02-09 --out o | --join j: there is no such join",
            })
    void whatIsAskedOfAJobIsCheckedBeforeAJvmIsStarted(String line, String message, @TempDir Path directory)
            throws Exception {
        Path catalog = directory.resolve("catalog.pb");
        CatalogFile.write(catalog, new Catalog(List.of(), List.of(), List.of()));
        List<String> arguments = new ArrayList<>(List.of(line.strip().split(" ")));
        arguments.addAll(List.of("--catalog", catalog.toString()));
        assertThat(run(arguments.toArray(String[]::new))).isEqualTo(Tilefold.EXIT_USAGE);
        assertThat(err.toString())
                .startsWith("tilefold " + arguments.get(0) + ": " + message.strip())
                .contains("Try: tilefold " + arguments.get(0) + " --help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "daily --ds 2001-02-09",
                "replay --join j --start-ds 2001-02-08 --end-ds 2001-02-09",
            })
    void aPlaceThatCannotBeWrittenIsSaidFirst(String line, @TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        Path catalog = directory.resolve("catalog.pb");
        CatalogFile.write(catalog, new Catalog(List.of(), List.of(), List.of()));
        List<String> arguments = new ArrayList<>(List.of(line.split(" ")));
        arguments.addAll(List.of("--catalog", catalog.toString(), "--out", file + "/a/b"));
        assertThat(run(arguments.toArray(String[]::new))).isEqualTo(Tilefold.EXIT_USAGE);
        assertThat(err.toString())
                .startsWith("tilefold " + arguments.get(0) + ": --out " + file + "/a/b cannot be written: " + file
                        + " is no directory; give a directory that may be written, or made");
    }

    @Test
    void verboseFailureHasItsStackTrace() {
        assertThat(run("ingest", "-v", "--set", "grpcPort=-1")).isEqualTo(Tilefold.EXIT_FAILURE);
        assertThat(err.toString()).contains("InvalidSettingException").contains("\tat ");
    }

    @Test
    void toolsTakeTheirSettingsFromAFileAndOptionsWin(@TempDir Path directory) throws Exception {
        Path file =
                Files.writeString(directory.resolve("tools.yaml"), "server: serving-a:1\ningest: node:7\ncores: 4\n");
        assertThat(run("fetch", "j", "-c", file.toString(), "--print-config")).isEqualTo(Tilefold.EXIT_OK);
        assertThat(out.toString()).contains("\nserver: serving-a:1\n", "\ncores: 4\n");
        assertThat(run("fetch", "j", "-c", file.toString(), "--server", "other:2", "--print-config"))
                .isEqualTo(Tilefold.EXIT_OK);
        assertThat(out.toString()).contains("\nserver: other:2\n", "\ningest: [node:7]\n");
        Files.writeString(file, "servr: x\n");
        assertThat(run("fetch", "j", "-c", file.toString())).isEqualTo(Tilefold.EXIT_FAILURE);
        assertThat(err.toString()).contains("tools.yaml:1: servr: unknown field; did you mean server?");
    }

    @Test
    void printConfigShowsTheEffectiveSettings() {
        assertThat(run("ingest", "--print-config")).isEqualTo(Tilefold.EXIT_OK);
        assertThat(out.toString()).isEqualTo(SettingsPrinter.print(IngestSettings.DEFAULTS));
        assertThat(run("serve", "--print-config", "--set", "maxRows=12")).isEqualTo(Tilefold.EXIT_OK);
        assertThat(out.toString()).contains("\nmaxRows: 12\n");
    }

    @Test
    void brokerWritesArgumentsForTheLauncher(@TempDir Path temp) throws Exception {
        Path file = temp.resolve("arguments");
        assertThat(run(
                        "broker",
                        "--data",
                        "some where",
                        "--port",
                        "0",
                        "--set",
                        "properties=a=b",
                        "--write-arguments",
                        file.toString()))
                .isEqualTo(Tilefold.EXIT_OK);
        assertThat(Files.readAllLines(file))
                .containsExactly("--data", "some where", "--host", "127.0.0.1", "--port", "0", "--property", "a=b");
    }

    @Test
    void versionIsTheBuilds() {
        assertThat(run("version")).isEqualTo(Tilefold.EXIT_OK);
        assertThat(out.toString()).matches("(?s)tilefold \\d+\\.\\d+.*java .*").doesNotContain("$");
    }

    private int run(String... args) {
        CommandLine command = Tilefold.commandLine();
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return command.execute(args);
    }
}
