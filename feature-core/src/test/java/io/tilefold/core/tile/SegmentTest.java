package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.algebra.ModelRows;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SegmentTest {
    private static final long B = 86_400_000L * 11_000;
    private static final Schema ROW = Schema.of(new Field("id", Scalar.LONG), new Field("x", Scalar.LONG));
    private static final DefinitionId ID = new DefinitionId("0123456789abcdef".repeat(4));
    private static final GroupByPlan PLAN = GroupByPlan.compile(
            GroupBy.builder("g")
                    .source(Source.events("t", Query.builder().timeColumn("ts").build()))
                    .keys("id")
                    .aggregate(Aggregation.of("sum", "x"))
                    .build(),
            ROW);

    private record Written(byte[] bytes, SegmentSummary summary) {}

    /** Keys 0..n-1 of one shard; the sum of key i is 10 i. */
    private static Written segment(int keys, int shard, int shardCount) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SegmentHeader header = new SegmentHeader(ID, 7, shard, shardCount, B);
        SegmentWriter writer = new SegmentWriter(header, Channels.newChannel(bytes));
        BaseRecordBuilder builder = new BaseRecordBuilder(PLAN, B);
        List<byte[]> encoded = new java.util.ArrayList<>();
        for (long i = 0; i < keys; i++) {
            encoded.add(new KeyEncoder().putLong(i).toBytes());
        }
        encoded.sort(Arrays::compareUnsigned);
        for (byte[] key : encoded) {
            UnsafeBuffer buffer = new UnsafeBuffer(key);
            if (KeyHash.shard(KeyHash.hash(buffer, 0, key.length), shardCount) != shard) {
                continue;
            }
            long id = buffer.getLong(1, java.nio.ByteOrder.LITTLE_ENDIAN);
            builder.start(buffer, 0, key.length);
            builder.add(new ModelRows(ROW).row(new ModelEvent(B - 1, Map.of("id", id, "x", 10 * id))), B - 1);
            writer.append(builder.buffer(), 0, builder.finish());
        }
        SegmentSummary summary = writer.finish();
        return new Written(bytes.toByteArray(), summary);
    }

    @Test
    void findsEveryKeyOfItsShardAndNoOther() throws IOException {
        int found = 0;
        for (int shard = 0; shard < 3; shard++) {
            Written written = segment(5_000, shard, 3);
            SegmentReader reader = SegmentReader.ofBytes(written.bytes(), "test");
            CRC32C crc = new CRC32C();
            crc.update(written.bytes());
            assertThat(reader.verify()).isEqualTo((int) crc.getValue());
            assertThat(written.summary())
                    .isEqualTo(
                            new SegmentSummary(shard, written.bytes().length, (int) crc.getValue(), reader.keyCount()));
            assertThat(reader.header()).isEqualTo(new SegmentHeader(ID, 7, shard, 3, B));
            WindowFold fold = new WindowFold(PLAN);
            for (long id = -100; id < 5_100; id++) {
                KeyEncoder key = new KeyEncoder().putLong(id);
                BaseRecord record = new BaseRecord();
                boolean here = reader.find(key.buffer(), 0, key.length(), key.hash(), record);
                assertThat(here).isEqualTo(id >= 0 && id < 5_000 && KeyHash.shard(key.hash(), 3) == shard);
                int candidate = reader.candidate(key.hash());
                if (here) {
                    found++;
                    assertThat(candidate + BaseRecordDescriptor.KEY_OFFSET).isEqualTo(record.keyOffset());
                    fold.fold(B, B, record, LiveTiles.NONE);
                    ObjectSink sink = new ObjectSink();
                    fold.emit(sink);
                    assertThat(sink.values()).containsExactly(10 * id);
                }
            }
        }
        assertThat(found).isEqualTo(5_000);
    }

    @Test
    void anEmptySegmentHoldsNoKey() throws IOException {
        SegmentReader reader = SegmentReader.ofBytes(segment(0, 0, 1).bytes(), "test");
        reader.verify();
        KeyEncoder key = new KeyEncoder().putLong(1);
        assertThat(reader.find(key.buffer(), 0, key.length(), key.hash(), new BaseRecord()))
                .isFalse();
        assertThat(reader.buffer().getLong(reader.firstSlot(key.hash()))).isZero();
        assertThat(reader.candidate(key.hash())).isZero();
    }

    @Test
    void everyFlippedBitAndEveryTruncationIsNoticedAndNamed() throws IOException {
        byte[] good = segment(20, 0, 1).bytes();
        Seeds.forEach(1, random -> {
            for (int at = 0; at < good.length; at++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << random.nextInt(8));
                // the footer's two reserved words are the only bytes that say nothing
                int inFooter = at - (good.length - SegmentDescriptor.FOOTER_LENGTH);
                if (inFooter >= 52 && inFooter < 56) {
                    continue;
                }
                assertThatThrownBy(() ->
                                SegmentReader.ofBytes(bad, "shard-0003.seg").verify())
                        .as("byte %d", at)
                        .isInstanceOf(SegmentException.class)
                        .hasMessageContaining("shard-0003.seg");
            }
            for (int length = 0; length < good.length; length++) {
                byte[] cut = Arrays.copyOf(good, length);
                assertThatThrownBy(() ->
                                SegmentReader.ofBytes(cut, "shard-0003.seg").verify())
                        .isInstanceOf(SegmentException.class);
            }
        });
    }

    /** Not noticed when it is opened, since the index is not read then: a search in it ends all the same. */
    @Test
    void anIndexWithoutAnEmptySlotIsDamage() throws IOException {
        byte[] bytes = segment(100, 0, 1).bytes();
        SegmentReader whole = new SegmentReader(new UnsafeBuffer(bytes), "whole.seg");
        int footer = bytes.length - SegmentDescriptor.FOOTER_LENGTH;
        int index = footer - whole.slots() * SegmentDescriptor.SLOT_LENGTH;
        Arrays.fill(bytes, index, footer, (byte) 0x7f);
        SegmentReader damaged = new SegmentReader(new UnsafeBuffer(bytes), "full.seg");
        KeyEncoder key = new KeyEncoder().putLong(7);
        assertThat(damaged.candidate(key.hash())).isZero();
        assertThatThrownBy(() -> damaged.find(key.buffer(), 0, key.length(), key.hash(), new BaseRecord()))
                .isInstanceOf(SegmentException.class)
                .hasMessageContaining("full.seg")
                .hasMessageContaining("slots is empty");
    }

    @Test
    void anotherFormatIsNoDamage() throws IOException {
        byte[] good = segment(20, 0, 1).bytes();
        int[] formats = {SegmentDescriptor.FORMAT_VERSION_OFFSET, SegmentDescriptor.TILE_FORMAT_VERSION_OFFSET};
        for (int offset : formats) {
            for (int step : new int[] {-1, 1}) {
                UnsafeBuffer other = new UnsafeBuffer(good.clone());
                other.putInt(offset, other.getInt(offset, LITTLE_ENDIAN) + step, LITTLE_ENDIAN);
                CRC32C crc = new CRC32C();
                crc.update(other.byteArray(), 0, SegmentDescriptor.HEADER_CRC_OFFSET);
                other.putInt(SegmentDescriptor.HEADER_CRC_OFFSET, (int) crc.getValue(), LITTLE_ENDIAN);
                assertThatThrownBy(() -> SegmentReader.ofBytes(other.byteArray(), "shard-0003.seg"))
                        .isInstanceOf(SegmentException.class)
                        .hasMessageContaining("shard-0003.seg, offset " + offset)
                        .satisfies(e -> assertThat(((SegmentException) e).problem())
                                .isEqualTo(
                                        step < 0
                                                ? SegmentException.Problem.TOO_OLD
                                                : SegmentException.Problem.TOO_NEW));
            }
        }
    }

    @Test
    void aSegmentEndsBelowTwoGibibytes() throws IOException {
        long[] length = {0};
        WritableByteChannel nowhere = new WritableByteChannel() {
            @Override
            public int write(ByteBuffer source) {
                int written = source.remaining();
                length[0] += written;
                source.position(source.limit());
                return written;
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}
        };
        SegmentWriter writer = new SegmentWriter(new SegmentHeader(ID, 7, 0, 1, B), nowhere);
        UnsafeBuffer record = new UnsafeBuffer(new byte[64 << 20]);
        record.putInt(BaseRecordDescriptor.RECORD_LENGTH_OFFSET, record.capacity(), LITTLE_ENDIAN);
        record.putInt(BaseRecordDescriptor.KEY_LENGTH_OFFSET, 1, LITTLE_ENDIAN);
        for (int i = 0; i < 31; i++) {
            record.putByte(BaseRecordDescriptor.KEY_OFFSET, (byte) i);
            writer.append(record, 0, record.capacity());
        }
        record.putByte(BaseRecordDescriptor.KEY_OFFSET, (byte) 31);
        assertThatThrownBy(() -> writer.append(record, 0, record.capacity()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("would reach 2 GiB after 31 keys: deploy with more than 1 shards");
        assertThat(writer.finish().length()).isEqualTo(length[0]).isLessThan(Integer.MAX_VALUE);
    }

    @Test
    void keysMustAscendAndBelongToTheShard() throws IOException {
        SegmentWriter writer =
                new SegmentWriter(new SegmentHeader(ID, 7, 0, 2, B), Channels.newChannel(new ByteArrayOutputStream()));
        BaseRecordBuilder builder = new BaseRecordBuilder(PLAN, B);
        long[] mine = java.util.stream.LongStream.range(0, 100)
                .filter(id -> KeyHash.shard(new KeyEncoder().putLong(id).hash(), 2) == 0)
                .toArray();
        long other = java.util.stream.LongStream.range(0, 100)
                .filter(id -> KeyHash.shard(new KeyEncoder().putLong(id).hash(), 2) == 1)
                .findFirst()
                .orElseThrow();
        append(writer, builder, mine[1]);
        assertThatThrownBy(() -> append(writer, builder, mine[1])).hasMessageContaining("does not follow");
        assertThatThrownBy(() -> append(writer, builder, mine[0])).hasMessageContaining("does not follow");
        assertThatThrownBy(() -> append(writer, builder, other)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void append(SegmentWriter writer, BaseRecordBuilder builder, long id) throws IOException {
        KeyEncoder key = new KeyEncoder().putLong(id);
        builder.start(key.buffer(), 0, key.length());
        builder.add(new ModelRows(ROW).row(new ModelEvent(B - 1, Map.of("id", id, "x", id))), B - 1);
        writer.append(builder.buffer(), 0, builder.finish());
    }
}
