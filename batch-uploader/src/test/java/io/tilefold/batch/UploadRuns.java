package io.tilefold.batch;

import io.grpc.ManagedChannel;
import io.tilefold.client.Channels;
import io.tilefold.client.NodeCredentials;
import io.tilefold.client.fixture.UploadNode;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.client.upload.UploadOptions;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An ingest node that keeps what it is sent, and uploads to it. */
final class UploadRuns implements AutoCloseable {
    private static final int HEADER_LENGTH = 128;
    private static final int FOOTER_LENGTH = 64;

    private final Path directory;
    private final UploadNode node;
    private final ManagedChannel channel;

    /** @param directory of the node, and of everything that an upload writes */
    UploadRuns(Path directory, int shards) throws IOException {
        this.directory = directory;
        this.node = new UploadNode(Files.createDirectory(directory.resolve("node")), shards);
        this.channel = Channels.open(node.address());
    }

    UploadNode node() {
        return node;
    }

    /** A report, and the lines that were printed on the way. */
    record Run(UploadReport report, String printed) {}

    /**
     * One upload.
     *
     * @param tiles where tiles are kept, below the directory; null: nowhere
     * @param records where records go, likewise
     */
    Run run(Tables tables, CompiledGroupBy groupBy, LocalDate day, @Nullable String tiles, @Nullable String records) {
        return run(new GroupByUpload(LocalSpark.session(), tables, groupBy, day), tiles, records);
    }

    /** One upload that folds no row before the shuffle. */
    Run runUnfolded(Tables tables, CompiledGroupBy groupBy, LocalDate day) {
        return run(new GroupByUpload(LocalSpark.session(), tables, groupBy, day, false), null, null);
    }

    private Run run(GroupByUpload upload, @Nullable String tiles, @Nullable String records) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        UploadReport report = upload.run(
                List.of(new UploadClient(channel, UploadOptions.DEFAULT)),
                List.of(node.address()),
                NodeCredentials.NONE,
                new GroupByUpload.Directories(directory.resolve("work").toString(), path(tiles), path(records)),
                new PrintStream(printed, true, StandardCharsets.UTF_8));
        return new Run(report, printed.toString(StandardCharsets.UTF_8));
    }

    private Optional<String> path(@Nullable String name) {
        return Optional.ofNullable(name).map(below -> directory.resolve(below).toString());
    }

    /** A segment's records: its bytes without header and footer, which say the version. */
    byte[] records(long version, int shard) throws IOException {
        byte[] segment = Files.readAllBytes(node.segmentFile(version, shard));
        return Arrays.copyOfRange(segment, HEADER_LENGTH, segment.length - FOOTER_LENGTH);
    }

    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow();
        node.close();
    }
}
