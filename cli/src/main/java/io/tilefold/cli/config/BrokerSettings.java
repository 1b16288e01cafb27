package io.tilefold.cli.config;

import java.nio.file.Path;
import java.util.List;

/** Settings of the development broker, {@code tilefold broker}. */
public record BrokerSettings(
        @Setting("Directory of everything the broker keeps; made and formatted when missing.")
        Path dataDir,

        @Setting("Address to listen on and to advertise to clients.")
        String host,

        @Setting("Port to listen on; 0 picks a free one, the ready line says which.")
        int port,

        @Setting("Further Kafka server settings, each NAME=VALUE; they win over the broker's own.")
        List<String> properties) {

    public static final BrokerSettings DEFAULTS =
            new BrokerSettings(Path.of("data/broker"), "127.0.0.1", 9092, List.of());

    public BrokerSettings {
        InvalidSettingException.requireText("host", host);
        InvalidSettingException.requirePort("port", port);
        properties = List.copyOf(properties);
        for (String property : properties) {
            if (property.indexOf('=') < 1) {
                throw new InvalidSettingException("properties", "properties: '" + property + "' is not NAME=VALUE");
            }
        }
    }
}
