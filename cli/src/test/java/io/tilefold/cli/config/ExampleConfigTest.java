package io.tilefold.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.cli.process.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example files are the documentation of the defaults, so they are held to be exactly what {@code --print-config} prints. */
class ExampleConfigTest {
    @ParameterizedTest
    @ValueSource(strings = {"broker", "ingest", "serving", "tools"})
    void isWhatPrintConfigPrints(String role) throws IOException {
        Path file = Installation.ofSystemProperty().home().resolve("examples/config/" + role + ".yaml");
        assertThat(Files.readString(file)).isEqualTo(SettingsPrinter.print(defaults(role)));
    }

    private static Record defaults(String role) {
        return switch (role) {
            case "broker" -> BrokerSettings.DEFAULTS;
            case "ingest" -> IngestSettings.DEFAULTS;
            case "serving" -> ServeSettings.DEFAULTS;
            case "tools" -> ToolSettings.DEFAULTS;
            default -> throw new IllegalArgumentException(role);
        };
    }
}
