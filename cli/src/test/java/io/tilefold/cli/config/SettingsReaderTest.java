package io.tilefold.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsReaderTest {
    @TempDir
    Path temp;

    @Test
    void withoutFileAreTheDefaults() throws IOException {
        assertThat(SettingsReader.read(ServeSettings.DEFAULTS, Optional.empty(), List.of()))
                .isEqualTo(ServeSettings.DEFAULTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# only a comment\n", "---\n"})
    void emptyFileIsTheDefaults(String yaml) throws IOException {
        Path file = Files.writeString(temp.resolve("c.yaml"), yaml);
        if (yaml.startsWith("---")) {
            // A document that is there and null is no mapping.
            assertThatThrownBy(() -> read(file)).isInstanceOf(InvalidSettingException.class);
        } else {
            assertThat(read(file)).isEqualTo(ServeSettings.DEFAULTS);
        }
    }

    @Test
    void fileWinsOverDefaultsAndOverridesOverFile() throws IOException {
        Path file = Files.writeString(
                temp.resolve("c.yaml"), "port: 1\nstoreDirs:\n  - a\n  - 'b c'\nmaxRows: 7\nhost: 10.0.0.1\n");
        ServeSettings settings = SettingsReader.read(
                ServeSettings.DEFAULTS, Optional.of(file), List.of("port=2", "host=10.0.0.2", "port=3"));
        assertThat(settings)
                .isEqualTo(new ServeSettings("10.0.0.2", 3, List.of(Path.of("a"), Path.of("b c")), 10_000, 7, ""));
    }

    @Test
    void listOverrideIsSeparatedByCommas() throws IOException {
        assertThat(SettingsReader.read(ServeSettings.DEFAULTS, Optional.empty(), List.of("storeDirs=a, b"))
                        .storeDirs())
                .containsExactly(Path.of("a"), Path.of("b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port: 1;prot: 2 | :2: prot: unknown field; did you mean port?",
                "colour: red | :1: colour: unknown field; known are host, port, storeDirs, staleAfterMs, maxRows",
                "port: 1;;port: 2 | :3: port: given twice",
                "# c;port: x | :2: port: 'x' is not a whole number",
                "port: 99999999999 | :1: port: '99999999999' is not a whole number",
                "port: 70000 | :1: port: 70000 is not from 0 to 65535",
                "port: | :1: port: must be a whole number",
                "host: [a] | :1: host: must be text",
                "host: '' | :1: host: must not be empty",
                "storeDirs: [] | :1: storeDirs: names no directory; give one at least",
                "storeDirs: {a: b} | :1: storeDirs: must be a path",
                "staleAfterMs: 0 | :1: staleAfterMs: 0 is not from 1 to 86400000",
                "- port | :1: must be a list of NAME: VALUE",
                "port: 1; host: 2 | :2: not YAML: ",
            },
            quoteCharacter = '`')
    void complaintNamesFileLineAndField(String yaml, String message) throws IOException {
        Path file = Files.writeString(temp.resolve("c.yaml"), yaml.replace(';', '\n') + "\n");
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith(file + message);
    }

    @Test
    void complaintOfAnOverrideNamesIt() {
        assertThatThrownBy(() -> SettingsReader.read(ServeSettings.DEFAULTS, Optional.empty(), List.of("maxRows=0")))
                .hasMessage("--set maxRows=0: maxRows: 0 is not from 1 to 1000000");
    }

    @Test
    void missingFileIsNamed() {
        Path file = temp.resolve("none.yaml");
        assertThatThrownBy(() -> read(file)).hasMessage("configuration file " + file + " does not exist");
    }

    static List<Record> defaults() {
        return List.of(BrokerSettings.DEFAULTS, IngestSettings.DEFAULTS, ServeSettings.DEFAULTS);
    }

    @ParameterizedTest
    @MethodSource("defaults")
    void whatIsPrintedReadsBackEqual(Record settings) throws IOException {
        Path file = Files.writeString(temp.resolve("c.yaml"), SettingsPrinter.print(settings));
        assertThat(SettingsReader.read(settings, Optional.of(file), List.of())).isEqualTo(settings);
    }

    @Test
    void awkwardTextIsPrintedSoThatItReadsBackEqual() throws IOException {
        ServeSettings settings = new ServeSettings(
                "null", 0, List.of(Path.of("a \"b\": #c"), Path.of("d\\e"), Path.of("f:"), Path.of("-")), 1, 1, "a: b");
        Path file = Files.writeString(temp.resolve("c.yaml"), SettingsPrinter.print(settings));
        assertThat(read(file)).isEqualTo(settings);
    }

    private static ServeSettings read(Path file) throws IOException {
        return SettingsReader.read(ServeSettings.DEFAULTS, Optional.of(file), List.of());
    }
}
