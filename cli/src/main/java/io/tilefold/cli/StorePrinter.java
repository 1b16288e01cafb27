package io.tilefold.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tilefold.store.StoreFindings;
import io.tilefold.store.StoreOverview;
import io.tilefold.store.StoreStatistics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints what {@code tilefold store} found: for people as tables, for programs as JSON, whose field names are those of the records. */
final class StorePrinter {
    private static final JsonFactory JSON = new JsonFactory();

    private final PrintWriter out;

    StorePrinter(PrintWriter out) {
        this.out = out;
    }

    void overview(StoreOverview store, long nowMs) {
        out.printf("store        %s%n", store.directory());
        out.printf("shard group  %d, owns shards %s of %d%n", store.shardGroup(), store.shards(), store.shardCount());
        if (store.published()) {
            out.printf(
                    "published    publication %d: manifest %d, live generation %d, log position %d%n",
                    store.publication(), store.manifest(), store.generation(), store.position());
        } else {
            out.println("published    nothing since this host started");
        }
        out.printf("heartbeat    %s%n", age(store.heartbeatMs(), nowMs));
        out.printf("caught up    %s%n", age(store.caughtUpAtMs(), nowMs));
        out.printf(
                "catalog      %,d bytes, %d GroupBys%n",
                store.catalogBytes(), store.groupBys().size());
        disk(store.files());
        for (StoreOverview.GroupBy groupBy : store.groupBys()) {
            out.println();
            out.println(groupBy.name() + "  " + groupBy.id());
            version("current", groupBy.current());
            version("former", groupBy.former());
            if (!groupBy.others().isEmpty()) {
                out.println("  on disk    versions " + groupBy.others() + ", not committed or about to go");
            }
            StoreOverview.Live live = groupBy.live();
            if (live != null) {
                out.printf(
                        "  live       %,d keys, index %s, regions %s, newest event %s%n",
                        live.keys(), size(live.indexBytes()), size(live.regionBytes()), moment(live.newestEventMs()));
            }
        }
        out.flush();
    }

    private void version(String which, StoreOverview.@Nullable Version version) {
        if (version != null) {
            out.printf(
                    "  %-9s  version %d, batch end %s, %d segments, %s%s%n",
                    which,
                    version.version(),
                    moment(version.batchEndMs()),
                    version.segments(),
                    size(version.bytes()),
                    version.missing().isEmpty() ? "" : ", MISSING shards " + version.missing());
        }
    }

    void findings(StoreFindings findings) {
        for (StoreFindings.Problem problem : findings.problems()) {
            out.println(problem.what());
        }
        out.printf(
                "%s: %,d files, %s, %,d base records, %,d live records%s%n",
                findings.isSound() ? "sound" : findings.problems().size() + " problems",
                findings.files(),
                size(findings.bytes()),
                findings.baseRecords(),
                findings.liveRecords(),
                findings.busy() == 0 ? "" : ", " + findings.busy() + " live records were being written all the while");
        out.flush();
    }

    void statistics(StoreStatistics statistics) {
        disk(statistics.files());
        for (StoreStatistics.GroupBy groupBy : statistics.groupBys()) {
            out.println();
            out.println(groupBy.name() + "  " + groupBy.id());
            StoreStatistics.Base base = groupBy.base();
            if (base != null) {
                out.printf(
                        "  base version %d: %,d keys, %s, %.1f bytes per key, index %.0f%% of %,d slots%n",
                        base.version(),
                        base.keys(),
                        size(base.bytes()),
                        base.bytesPerKey(),
                        100 * base.loadFactor(),
                        base.slots());
                percentiles("probes", base.probes());
                percentiles("record bytes", base.recordBytes());
            }
            StoreStatistics.Live live = groupBy.live();
            if (live != null) {
                live(live);
            }
        }
        out.flush();
    }

    private void live(StoreStatistics.Live live) {
        out.printf(
                "  live: %,d keys, index %s, regions %s (%s used), %.1f bytes per key, index %.0f%% of %,d slots, %,d removed%n",
                live.keys(),
                size(live.indexBytes()),
                size(live.regionBytes()),
                size(live.usedBytes()),
                live.bytesPerKey(),
                100 * live.loadFactor(),
                live.slots(),
                live.removedSlots());
        percentiles("probes", live.probes());
        percentiles("record bytes", live.recordBytes());
        if (!live.blocks().isEmpty()) {
            out.printf("    %12s %12s %12s %12s%n", "block bytes", "in use", "free", "waste");
            for (StoreStatistics.SizeClass block : live.blocks()) {
                out.printf(
                        "    %,12d %,12d %,12d %12s%n",
                        block.length(), block.inUse(), block.free(), size(block.wasteBytes()));
            }
        }
    }

    private void percentiles(String what, StoreStatistics.Percentiles of) {
        out.printf(
                "    %-13s mean %,.1f  p50 %,d  p90 %,d  p99 %,d  max %,d%n",
                what, of.mean(), of.p50(), of.p90(), of.p99(), of.max());
    }

    private void disk(StoreOverview.DiskUse files) {
        out.printf(
                "disk         %s: base current %s, former %s, other %s; live %s; manifests %s; snapshot %s; rest %s%n",
                size(files.total()),
                size(files.baseCurrent()),
                size(files.baseFormer()),
                size(files.baseOther()),
                size(files.live()),
                size(files.manifests()),
                size(files.snapshot()),
                size(files.other()));
    }

    private static String age(@Nullable Long timeMs, long nowMs) {
        return timeMs == null
                ? "never"
                : moment(timeMs) + ", "
                        + Duration.ofMillis(nowMs - timeMs)
                                .toString()
                                .substring(2)
                                .toLowerCase(Locale.ROOT) + " ago";
    }

    private static String moment(@Nullable Long timeMs) {
        return timeMs == null ? "-" : Instant.ofEpochMilli(timeMs).toString();
    }

    private static String size(long bytes) {
        if (bytes < 1 << 10) {
            return bytes + " B";
        }
        String[] units = {"KiB", "MiB", "GiB", "TiB"};
        double size = bytes / 1024.0;
        int unit = 0;
        while (size >= 1024 && unit < units.length - 1) {
            size /= 1024;
            unit++;
        }
        return String.format("%.1f %s", size, units[unit]);
    }

    /** One object; absent values are null. */
    void json(Record record) {
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET).useDefaultPrettyPrinter();
            write(json, record);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println();
        out.flush();
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Record record) {
            json.writeStartObject();
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                json.writeFieldName(component.getName());
                write(json, value(record, component));
            }
            json.writeEndObject();
        } else if (value instanceof Collection<?> list) {
            json.writeStartArray();
            for (Object element : list) {
                write(json, element);
            }
            json.writeEndArray();
        } else if (value instanceof Boolean bit) {
            json.writeBoolean(bit);
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else {
            json.writeString(value.toString());
        }
    }

    private static @Nullable Object value(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }
}
