package io.tilefold.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path temp;

    @Test
    void isFormattedOnceAndKeepsItsCluster() throws IOException {
        String cluster = Uuid.randomUuid().toString();
        prepare(Optional.of(cluster));
        Path meta = temp.resolve("log/meta.properties");
        String first = Files.readString(meta);
        assertThat(first).contains("cluster.id=" + cluster).contains("node.id=1");

        prepare(Optional.empty());
        assertThat(Files.readString(meta)).isEqualTo(first);
    }

    @Test
    void ofAnotherClusterIsRefused() throws IOException {
        prepare(Optional.empty());
        assertThatThrownBy(() -> prepare(Optional.of("AAAAAAAAAAAAAAAAAAAAAQ")))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining(temp + " belongs to another cluster: ")
                .hasMessageContaining("not AAAAAAAAAAAAAAAAAAAAAQ");
    }

    @Test
    void ofAnotherNodeIsRefused() throws IOException {
        prepare(Optional.empty());
        Path meta = temp.resolve("log/meta.properties");
        Files.writeString(meta, Files.readString(meta).replace("node.id=1", "node.id=7"));
        assertThatThrownBy(() -> prepare(Optional.empty()))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining("it is of node 7, this broker is node 1");
    }

    @Test
    void withOtherFilesIsRefusedAndLeftAlone() throws IOException {
        Files.writeString(temp.resolve("thesis.txt"), "x");
        assertThatThrownBy(() -> DataDirectory.take(temp))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining("it holds thesis.txt");
        assertThat(temp.toFile().list()).containsExactly("thesis.txt");
    }

    @Test
    void isTakenByOneAtATime() throws IOException {
        try (DataDirectory taken = DataDirectory.take(temp)) {
            assertThat(taken.log()).isEqualTo(temp.resolve("log").toString());
            assertThatThrownBy(() -> DataDirectory.take(temp))
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining("in use by another broker");
        }
        DataDirectory.take(temp).close();
    }

    @Test
    void settingsThatKafkaRefusesAreNamed() throws IOException {
        try (DataDirectory data = DataDirectory.take(temp)) {
            Properties settings = ServerProperties.of(options("log.retention.ms=soon"), data.log(), 1, 2);
            assertThatThrownBy(() -> data.prepare(settings, Optional.empty()))
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining("cannot format the storage")
                    .hasMessageContaining("log.retention.ms");
        }
    }

    private void prepare(Optional<String> cluster) throws IOException {
        try (DataDirectory data = DataDirectory.take(temp)) {
            data.prepare(ServerProperties.of(options(), data.log(), 1, 2), cluster);
        }
    }

    private BrokerOptions options(String... properties) {
        return new BrokerOptions(temp, "127.0.0.1", 1, Optional.empty(), List.of(properties));
    }
}
