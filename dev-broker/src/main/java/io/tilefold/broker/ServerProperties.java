package io.tilefold.broker;

import java.util.Properties;

/** The Kafka settings of a broker that is alone: one node that is broker and controller, copies and internal partitions 1. */
final class ServerProperties {
    static final int NODE_ID = 1;

    private ServerProperties() {}

    static Properties of(BrokerOptions options, String logDirectory, int port, int controllerPort) {
        String host = options.host().indexOf(':') < 0 ? options.host() : "[" + options.host() + "]";
        Properties p = new Properties();
        p.setProperty("process.roles", "broker,controller");
        p.setProperty("node.id", Integer.toString(NODE_ID));
        p.setProperty("controller.quorum.voters", NODE_ID + "@" + host + ":" + controllerPort);
        p.setProperty("controller.listener.names", "CONTROLLER");
        p.setProperty("listeners", "PLAINTEXT://" + host + ":" + port + ",CONTROLLER://" + host + ":" + controllerPort);
        p.setProperty("advertised.listeners", "PLAINTEXT://" + host + ":" + port);
        p.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        p.setProperty("log.dirs", logDirectory);

        p.setProperty("offsets.topic.replication.factor", "1");
        p.setProperty("offsets.topic.num.partitions", "1");
        p.setProperty("transaction.state.log.replication.factor", "1");
        p.setProperty("transaction.state.log.min.isr", "1");
        p.setProperty("transaction.state.log.num.partitions", "1");
        p.setProperty("share.coordinator.state.topic.replication.factor", "1");
        p.setProperty("share.coordinator.state.topic.min.isr", "1");
        p.setProperty("share.coordinator.state.topic.num.partitions", "1");
        p.setProperty("group.initial.rebalance.delay.ms", "0");

        // A misspelled topic is an error here as it is in a cluster that is looked after.
        p.setProperty("auto.create.topics.enable", "false");
        // Retention goes by record time, and replayed history is old: anything but "for ever" would delete it while it
        // is read.
        p.setProperty("log.retention.ms", "-1");

        // After a SIGKILL the broker may not register again before its former session ends; Kafka's 9 s are long to
        // wait for that.
        p.setProperty("broker.session.timeout.ms", "4000");
        p.setProperty("broker.heartbeat.interval.ms", "500");

        // Sized for a 256 MB heap on a machine with few cores; the cleaner alone would take 128 MB.
        p.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
        p.setProperty("num.network.threads", "2");
        p.setProperty("num.io.threads", "2");
        p.setProperty("background.threads", "2");

        for (String property : options.properties()) {
            int equals = property.indexOf('=');
            p.setProperty(property.substring(0, equals), property.substring(equals + 1));
        }
        return p;
    }
}
