package io.tilefold.broker;

import java.io.IOException;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;

/**
 * The development broker's process: {@code DevBroker --data DIR [--host 127.0.0.1] [--port 9092]}.
 *
 * <p>Prints {@code READY kafka HOST:PORT} on stdout when clients may connect; nothing else goes there. Stops cleanly on SIGTERM and
 * SIGINT, and starts again on the same directory, on any port. A failure is one line on stderr and exit code 1, wrong usage 2.
 */
public final class DevBroker {
    private DevBroker() {}

    public static void main(String[] args) {
        try {
            run(BrokerOptions.parse(args));
        } catch (BrokerException e) {
            fail(e.exitCode, String.valueOf(e.getMessage()));
        } catch (Exception e) {
            fail(BrokerException.EXIT_FAILURE, "cannot start: " + rootCause(e));
        }
    }

    private static void run(BrokerOptions options) throws IOException {
        DataDirectory data = DataDirectory.take(options.data());
        int port = Ports.claim(options.host(), options.port());
        int controllerPort = Ports.claim(options.host(), 0);
        Properties settings = ServerProperties.of(options, data.log(), port, controllerPort);
        data.prepare(settings, options.clusterId());

        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(settings), Time.SYSTEM);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "broker-shutdown"));
        server.startup();
        System.out.println("READY kafka " + options.host() + ":" + port);
        server.awaitShutdown();
    }

    private static String rootCause(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** Halts: after a failed start there is nothing to stop cleanly, and Kafka's threads could hold up an orderly exit. */
    private static void fail(int exitCode, String message) {
        System.err.println("tilefold broker: " + message);
        System.err.flush();
        Runtime.getRuntime().halt(exitCode);
    }
}
