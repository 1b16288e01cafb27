package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * All that the writer knows of a GroupBy beside its live records, as a snapshot holds it; see {@link SnapshotDescriptor}.
 *
 * @param keptFromMs events from here on are kept, epoch milliseconds
 * @param newestEventMs {@link LiveRootsDescriptor#NO_EVENT} if there is none
 */
record GroupByState(
        DefinitionId id,
        String name,
        boolean hasLive,
        @Nullable Version current,
        @Nullable Version former,
        long keptFromMs,
        long newestEventMs,
        long eventsApplied,
        long eventsLate,
        long eventsRefused) {
    private static final int LIVE = 1;
    private static final int CURRENT = 2;
    private static final int FORMER = 4;
    private static final int ID_LENGTH = 32;
    private static final int NAME_LENGTH_MAX = 1 << 16;

    void writeTo(SnapshotWriter out) throws IOException {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        out.put(HexFormat.of().parseHex(id.hex()))
                .putInt((hasLive ? LIVE : 0) | (current != null ? CURRENT : 0) | (former != null ? FORMER : 0))
                .putInt(utf8.length)
                .put(utf8);
        write(out, current);
        write(out, former);
        out.putLong(keptFromMs)
                .putLong(newestEventMs)
                .putLong(eventsApplied)
                .putLong(eventsLate)
                .putLong(eventsRefused);
    }

    private static void write(SnapshotWriter out, @Nullable Version version) throws IOException {
        out.putLong(version == null ? 0 : version.number()).putLong(version == null ? 0 : version.batchEndMs());
    }

    static GroupByState read(SnapshotReader in) {
        DefinitionId id = new DefinitionId(HexFormat.of().formatHex(in.getBytes(ID_LENGTH)));
        int flags = in.getInt();
        int nameLength = in.getInt();
        if (nameLength < 0 || nameLength > NAME_LENGTH_MAX) {
            throw in.corrupt("a name of " + nameLength + " bytes");
        }
        String name = new String(in.getBytes(nameLength), StandardCharsets.UTF_8);
        Version current = new Version(in.getLong(), in.getLong());
        Version former = new Version(in.getLong(), in.getLong());
        return new GroupByState(
                id,
                name,
                (flags & LIVE) != 0,
                (flags & CURRENT) != 0 ? current : null,
                (flags & FORMER) != 0 ? former : null,
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong(),
                in.getLong());
    }
}
