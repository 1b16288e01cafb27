package io.tilefold.broker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The broker's command line, parsed.
 *
 * @param data directory of everything the broker keeps; created when missing
 * @param host address to listen on and to advertise
 * @param port port to listen on; 0 picks a free one
 * @param clusterId the cluster the data must belong to, as Kafka writes ids; empty accepts any and makes one for new data
 * @param properties further Kafka server settings, each {@code NAME=VALUE}; they win over the broker's own
 */
record BrokerOptions(Path data, String host, int port, Optional<String> clusterId, List<String> properties) {
    static final String USAGE =
            "usage: DevBroker --data DIR [--host 127.0.0.1] [--port 9092] [--cluster-id ID] [--property NAME=VALUE]...";

    private static final int PORT_MAX = 65_535;

    BrokerOptions {
        properties = List.copyOf(properties);
        if (port < 0 || port > PORT_MAX) {
            throw BrokerException.usage("--port " + port + ": must be from 0 to " + PORT_MAX);
        }
    }

    static BrokerOptions parse(String... args) {
        Optional<Path> data = Optional.empty();
        String host = "127.0.0.1";
        int port = 9092;
        Optional<String> clusterId = Optional.empty();
        List<String> properties = new ArrayList<>();
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i];
            switch (name) {
                case "--data" -> data = Optional.of(Path.of(valueOf(name, args, i)));
                case "--host" -> host = valueOf(name, args, i);
                case "--port" -> port = number(name, valueOf(name, args, i));
                case "--cluster-id" -> clusterId = Optional.of(valueOf(name, args, i));
                case "--property" -> properties.add(property(valueOf(name, args, i)));
                default -> throw BrokerException.usage("unknown option " + name + "\n" + USAGE);
            }
        }
        return new BrokerOptions(
                data.orElseThrow(() -> BrokerException.usage("--data DIR is missing\n" + USAGE)),
                host,
                port,
                clusterId,
                properties);
    }

    private static String valueOf(String name, String[] args, int index) {
        if (index + 1 == args.length) {
            throw BrokerException.usage(name + " needs a value\n" + USAGE);
        }
        return args[index + 1];
    }

    private static int number(String name, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw BrokerException.usage(name + " " + value + ": must be a number");
        }
    }

    private static String property(String value) {
        if (value.indexOf('=') < 1) {
            throw BrokerException.usage("--property " + value + ": must be NAME=VALUE");
        }
        return value;
    }
}
