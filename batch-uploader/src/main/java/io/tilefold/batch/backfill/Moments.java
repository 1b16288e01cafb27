package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.KeyValues;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.agrona.collections.LongHashSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;

/** What a left asks for: how many rows, at which moments and days, and, if they are few, of which keys. Decides what is read of the parts' tables. */
final class Moments implements Serializable {
    private static final long serialVersionUID = 1;

    /** Keys of a group of which a list is kept. */
    static final int KEYS_MAX = 1 << 17;

    private long rows;
    private long leastMs = Long.MAX_VALUE;
    private long mostMs = Long.MIN_VALUE;
    private final TreeMap<Long, Long> rowsByPartition = new TreeMap<>();
    private final TreeSet<Long> days = new TreeSet<>();
    private final TreeSet<Long> begunDays = new TreeSet<>();

    /** By group, ascending; none of a group that has too many. */
    private final HashMap<Integer, long[]> keys = new HashMap<>();

    /** By group; none without a left. */
    private final HashMap<Integer, FewValues> values = new HashMap<>();

    private Moments() {}

    /** The midnights that end these days, of all keys. */
    static Moments midnightsAfter(List<LocalDate> days) {
        Moments moments = new Moments();
        days.forEach(day -> moments.add(Days.startMs(day.plusDays(1))));
        return moments;
    }

    static Moments of(JavaRDD<byte[]> left, LeftLayout layout, List<KeyGroup> groups) {
        Moments all = new Moments();
        groups.forEach(group -> {
            all.keys.put(group.index(), new long[0]);
            all.values.put(group.index(), new FewValues(group.columns().length));
        });
        left.mapPartitions((FlatMapFunction<Iterator<byte[]>, byte[]>)
                        rows -> List.of(ofTask(rows, layout, groups).toBytes()).iterator())
                .collect()
                .forEach(bytes -> all.add(fromBytes(bytes)));
        return all;
    }

    private static Moments ofTask(Iterator<byte[]> left, LeftLayout layout, List<KeyGroup> groups) {
        Moments moments = new Moments();
        List<LeftKeys.Reader> readers = new ArrayList<>();
        List<LongHashSet> hashes = new ArrayList<>();
        List<FewValues> few = new ArrayList<>();
        for (KeyGroup group : groups) {
            readers.add(new LeftKeys.Reader(layout, group));
            hashes.add(new LongHashSet());
            few.add(new FewValues(group.columns().length));
            moments.values.put(group.index(), few.get(few.size() - 1));
        }
        while (left.hasNext()) {
            byte[] bytes = left.next();
            for (int i = 0; i < readers.size(); i++) {
                if (readers.get(i).read(bytes) && hashes.get(i).size() <= KEYS_MAX) {
                    hashes.get(i).add(readers.get(i).key().hash());
                    few.get(i).add(readers.get(i));
                }
            }
            moments.add(readers.get(0).momentMs());
            moments.rowsByPartition.merge(readers.get(0).day(), 1L, Long::sum);
        }
        for (int i = 0; i < readers.size(); i++) {
            if (hashes.get(i).size() <= KEYS_MAX) {
                moments.keys.put(
                        i, hashes.get(i).stream().mapToLong(Long::longValue).toArray());
            }
        }
        return moments;
    }

    private void add(long momentMs) {
        rows++;
        leastMs = Math.min(leastMs, momentMs);
        mostMs = Math.max(mostMs, momentMs);
        long day = Math.floorDiv(momentMs, Days.DAY_MS);
        days.add(day);
        if (momentMs > day * Days.DAY_MS) {
            begunDays.add(day);
        }
    }

    private void add(Moments other) {
        rows += other.rows;
        leastMs = Math.min(leastMs, other.leastMs);
        mostMs = Math.max(mostMs, other.mostMs);
        days.addAll(other.days);
        begunDays.addAll(other.begunDays);
        other.rowsByPartition.forEach((day, count) -> rowsByPartition.merge(day, count, Long::sum));
        keys.keySet().retainAll(other.keys.keySet());
        keys.replaceAll((group, some) -> merged(some, other.keys.getOrDefault(group, some)));
        keys.values().removeIf(known -> known.length > KEYS_MAX);
        values.forEach((group, few) -> few.add(other.values.getOrDefault(group, few)));
    }

    private static long[] merged(long[] some, long[] more) {
        return LongStream.concat(Arrays.stream(some), Arrays.stream(more))
                .sorted()
                .distinct()
                .toArray();
    }

    long rows() {
        return rows;
    }

    /** Left rows by the day of their partition, since the epoch. */
    SortedMap<Long, Long> rowsByPartition() {
        return rowsByPartition;
    }

    long leastMs() {
        return leastMs;
    }

    long mostMs() {
        return mostMs;
    }

    /** Days of the moments, ascending. */
    List<LocalDate> days() {
        return days.stream().map(LocalDate::ofEpochDay).toList();
    }

    /** Days with a moment after their start, ascending. */
    List<LocalDate> begunDays() {
        return begunDays.stream().map(LocalDate::ofEpochDay).toList();
    }

    /** Hashes of all keys of a group, ascending; empty if they are too many to list. */
    Optional<long[]> keys(KeyGroup group) {
        return Optional.ofNullable(keys.get(group.index()));
    }

    /** What a part's rows must have in its key's columns to be needed by this group's left rows. */
    KeyValues values(KeyGroup group, PartPlan part) {
        FewValues few = values.get(group.index());
        return few == null || keys(group).isEmpty()
                ? KeyValues.ANY
                : new KeyValues(few.byName(part.groupBy().definition().keys()));
    }

    private byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(this);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Moments fromBytes(byte[] bytes) {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return (Moments) in.readObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
