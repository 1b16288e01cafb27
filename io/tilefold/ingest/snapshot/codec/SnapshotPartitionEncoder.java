/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.MutableDirectBuffer;
import org.agrona.DirectBuffer;

@SuppressWarnings("all")
public final class SnapshotPartitionEncoder
{
    public static final int BLOCK_LENGTH = 53;
    public static final int TEMPLATE_ID = 2;
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private final SnapshotPartitionEncoder parentMessage = this;
    private MutableDirectBuffer buffer;
    private int offset;
    private int limit;

    public int sbeBlockLength()
    {
        return BLOCK_LENGTH;
    }

    public int sbeTemplateId()
    {
        return TEMPLATE_ID;
    }

    public int sbeSchemaId()
    {
        return SCHEMA_ID;
    }

    public int sbeSchemaVersion()
    {
        return SCHEMA_VERSION;
    }

    public String sbeSemanticType()
    {
        return "";
    }

    public MutableDirectBuffer buffer()
    {
        return buffer;
    }

    public int offset()
    {
        return offset;
    }

    public SnapshotPartitionEncoder wrap(final MutableDirectBuffer buffer, final int offset)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;
        limit(offset + BLOCK_LENGTH);

        return this;
    }

    public SnapshotPartitionEncoder wrapAndApplyHeader(
        final MutableDirectBuffer buffer, final int offset, final MessageHeaderEncoder headerEncoder)
    {
        headerEncoder
            .wrap(buffer, offset)
            .blockLength(BLOCK_LENGTH)
            .templateId(TEMPLATE_ID)
            .schemaId(SCHEMA_ID)
            .version(SCHEMA_VERSION);

        return wrap(buffer, offset + MessageHeaderEncoder.ENCODED_LENGTH);
    }

    public int encodedLength()
    {
        return limit - offset;
    }

    public int limit()
    {
        return limit;
    }

    public void limit(final int limit)
    {
        this.limit = limit;
    }

    public static int topicIdHighId()
    {
        return 1;
    }

    public static int topicIdHighSinceVersion()
    {
        return 0;
    }

    public static int topicIdHighEncodingOffset()
    {
        return 0;
    }

    public static int topicIdHighEncodingLength()
    {
        return 8;
    }

    public static String topicIdHighMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long topicIdHighNullValue()
    {
        return -9223372036854775808L;
    }

    public static long topicIdHighMinValue()
    {
        return -9223372036854775807L;
    }

    public static long topicIdHighMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotPartitionEncoder topicIdHigh(final long value)
    {
        buffer.putLong(offset + 0, value, BYTE_ORDER);
        return this;
    }


    public static int topicIdLowId()
    {
        return 2;
    }

    public static int topicIdLowSinceVersion()
    {
        return 0;
    }

    public static int topicIdLowEncodingOffset()
    {
        return 8;
    }

    public static int topicIdLowEncodingLength()
    {
        return 8;
    }

    public static String topicIdLowMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long topicIdLowNullValue()
    {
        return -9223372036854775808L;
    }

    public static long topicIdLowMinValue()
    {
        return -9223372036854775807L;
    }

    public static long topicIdLowMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotPartitionEncoder topicIdLow(final long value)
    {
        buffer.putLong(offset + 8, value, BYTE_ORDER);
        return this;
    }


    public static int partitionId()
    {
        return 3;
    }

    public static int partitionSinceVersion()
    {
        return 0;
    }

    public static int partitionEncodingOffset()
    {
        return 16;
    }

    public static int partitionEncodingLength()
    {
        return 4;
    }

    public static String partitionMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static int partitionNullValue()
    {
        return -2147483648;
    }

    public static int partitionMinValue()
    {
        return -2147483647;
    }

    public static int partitionMaxValue()
    {
        return 2147483647;
    }

    public SnapshotPartitionEncoder partition(final int value)
    {
        buffer.putInt(offset + 16, value, BYTE_ORDER);
        return this;
    }


    public static int startOffsetId()
    {
        return 4;
    }

    public static int startOffsetSinceVersion()
    {
        return 0;
    }

    public static int startOffsetEncodingOffset()
    {
        return 20;
    }

    public static int startOffsetEncodingLength()
    {
        return 8;
    }

    public static String startOffsetMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long startOffsetNullValue()
    {
        return -9223372036854775808L;
    }

    public static long startOffsetMinValue()
    {
        return -9223372036854775807L;
    }

    public static long startOffsetMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotPartitionEncoder startOffset(final long value)
    {
        buffer.putLong(offset + 20, value, BYTE_ORDER);
        return this;
    }


    public static int nextOffsetId()
    {
        return 5;
    }

    public static int nextOffsetSinceVersion()
    {
        return 0;
    }

    public static int nextOffsetEncodingOffset()
    {
        return 28;
    }

    public static int nextOffsetEncodingLength()
    {
        return 8;
    }

    public static String nextOffsetMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long nextOffsetNullValue()
    {
        return -9223372036854775808L;
    }

    public static long nextOffsetMinValue()
    {
        return -9223372036854775807L;
    }

    public static long nextOffsetMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotPartitionEncoder nextOffset(final long value)
    {
        buffer.putLong(offset + 28, value, BYTE_ORDER);
        return this;
    }


    public static int deadLetteredId()
    {
        return 6;
    }

    public static int deadLetteredSinceVersion()
    {
        return 0;
    }

    public static int deadLetteredEncodingOffset()
    {
        return 36;
    }

    public static int deadLetteredEncodingLength()
    {
        return 8;
    }

    public static String deadLetteredMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long deadLetteredNullValue()
    {
        return -9223372036854775808L;
    }

    public static long deadLetteredMinValue()
    {
        return -9223372036854775807L;
    }

    public static long deadLetteredMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotPartitionEncoder deadLettered(final long value)
    {
        buffer.putLong(offset + 36, value, BYTE_ORDER);
        return this;
    }


    public static int ofCurrentTopicId()
    {
        return 7;
    }

    public static int ofCurrentTopicSinceVersion()
    {
        return 0;
    }

    public static int ofCurrentTopicEncodingOffset()
    {
        return 44;
    }

    public static int ofCurrentTopicEncodingLength()
    {
        return 1;
    }

    public static String ofCurrentTopicMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static short ofCurrentTopicNullValue()
    {
        return (short)255;
    }

    public static short ofCurrentTopicMinValue()
    {
        return (short)0;
    }

    public static short ofCurrentTopicMaxValue()
    {
        return (short)254;
    }

    public SnapshotPartitionEncoder ofCurrentTopic(final short value)
    {
        buffer.putByte(offset + 44, (byte)value);
        return this;
    }


    public static int epochId()
    {
        return 8;
    }

    public static int epochSinceVersion()
    {
        return 0;
    }

    public static int epochEncodingOffset()
    {
        return 45;
    }

    public static int epochEncodingLength()
    {
        return 8;
    }

    public static String epochMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long epochNullValue()
    {
        return -9223372036854775808L;
    }

    public static long epochMinValue()
    {
        return -9223372036854775807L;
    }

    public static long epochMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotPartitionEncoder epoch(final long value)
    {
        buffer.putLong(offset + 45, value, BYTE_ORDER);
        return this;
    }


    private final LanesEncoder lanes = new LanesEncoder(this);

    public static long lanesId()
    {
        return 9;
    }

    /**
     * definitions that have not met the partition's position, in the catalog's order
     *
     * @param count of times the group will be encoded.
     * @return LanesEncoder : encoder for the group.
     */
    public LanesEncoder lanesCount(final int count)
    {
        lanes.wrap(buffer, count);
        return lanes;
    }

    /**
     * definitions that have not met the partition's position, in the catalog's order
     */

    public static final class LanesEncoder
    {
        public static final int HEADER_SIZE = 4;
        private final SnapshotPartitionEncoder parentMessage;
        private MutableDirectBuffer buffer;
        private int count;
        private int index;
        private int offset;
        private int initialLimit;

        LanesEncoder(final SnapshotPartitionEncoder parentMessage)
        {
            this.parentMessage = parentMessage;
        }

        public void wrap(final MutableDirectBuffer buffer, final int count)
        {
            if (count < 0 || count > 65534)
            {
                throw new IllegalArgumentException("count outside allowed range: count=" + count);
            }

            if (buffer != this.buffer)
            {
                this.buffer = buffer;
            }

            index = 0;
            this.count = count;
            final int limit = parentMessage.limit();
            initialLimit = limit;
            parentMessage.limit(limit + HEADER_SIZE);
            buffer.putShort(limit + 0, (short)40, BYTE_ORDER);
            buffer.putShort(limit + 2, (short)count, BYTE_ORDER);
        }

        public LanesEncoder next()
        {
            if (index >= count)
            {
                throw new java.util.NoSuchElementException();
            }

            offset = parentMessage.limit();
            parentMessage.limit(offset + sbeBlockLength());
            ++index;

            return this;
        }

        public int resetCountToIndex()
        {
            count = index;
            buffer.putShort(initialLimit + 2, (short)count, BYTE_ORDER);

            return count;
        }

        public static int countMinValue()
        {
            return 0;
        }

        public static int countMaxValue()
        {
            return 65534;
        }

        public static int sbeHeaderSize()
        {
            return HEADER_SIZE;
        }

        public static int sbeBlockLength()
        {
            return 40;
        }

        public static int definitionIdId()
        {
            return 10;
        }

        public static int definitionIdSinceVersion()
        {
            return 0;
        }

        public static int definitionIdEncodingOffset()
        {
            return 0;
        }

        public static int definitionIdEncodingLength()
        {
            return 32;
        }

        public static String definitionIdMetaAttribute(final MetaAttribute metaAttribute)
        {
            if (MetaAttribute.PRESENCE == metaAttribute)
            {
                return "required";
            }

            return "";
        }

        public static short definitionIdNullValue()
        {
            return (short)255;
        }

        public static short definitionIdMinValue()
        {
            return (short)0;
        }

        public static short definitionIdMaxValue()
        {
            return (short)254;
        }

        public static int definitionIdLength()
        {
            return 32;
        }


        public LanesEncoder definitionId(final int index, final short value)
        {
            if (index < 0 || index >= 32)
            {
                throw new IndexOutOfBoundsException("index out of range: index=" + index);
            }

            final int pos = offset + 0 + (index * 1);
            buffer.putByte(pos, (byte)value);

            return this;
        }

        public LanesEncoder putDefinitionId(final byte[] src, final int srcOffset, final int length)
        {
            if (length > 32)
            {
                throw new IllegalStateException("length > maxValue for type: " + length);
            }

            buffer.putBytes(offset + 0, src, srcOffset, length);
            for (int i = length; i < 32; i++)
            {
                buffer.putByte(offset + 0 + i, (byte)0);
            }

            return this;
        }

        public LanesEncoder putDefinitionId(final org.agrona.DirectBuffer src, final int srcOffset, final int length)
        {
            if (length > 32)
            {
                throw new IllegalStateException("length > maxValue for type: " + length);
            }

            buffer.putBytes(offset + 0, src, srcOffset, length);
            for (int i = length; i < 32; i++)
            {
                buffer.putByte(offset + 0 + i, (byte)0);
            }

            return this;
        }

        public static int nextOffsetId()
        {
            return 11;
        }

        public static int nextOffsetSinceVersion()
        {
            return 0;
        }

        public static int nextOffsetEncodingOffset()
        {
            return 32;
        }

        public static int nextOffsetEncodingLength()
        {
            return 8;
        }

        public static String nextOffsetMetaAttribute(final MetaAttribute metaAttribute)
        {
            if (MetaAttribute.PRESENCE == metaAttribute)
            {
                return "required";
            }

            return "";
        }

        public static long nextOffsetNullValue()
        {
            return -9223372036854775808L;
        }

        public static long nextOffsetMinValue()
        {
            return -9223372036854775807L;
        }

        public static long nextOffsetMaxValue()
        {
            return 9223372036854775807L;
        }

        public LanesEncoder nextOffset(final long value)
        {
            buffer.putLong(offset + 32, value, BYTE_ORDER);
            return this;
        }

    }

    public static int topicId()
    {
        return 12;
    }

    public static String topicMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static int topicHeaderLength()
    {
        return 2;
    }

    public SnapshotPartitionEncoder putTopic(final DirectBuffer src, final int srcOffset, final int length)
    {
        if (length > 65534)
        {
            throw new IllegalStateException("length > maxValue for type: " + length);
        }

        final int headerLength = 2;
        final int limit = parentMessage.limit();
        parentMessage.limit(limit + headerLength + length);
        buffer.putShort(limit, (short)length, BYTE_ORDER);
        buffer.putBytes(limit + headerLength, src, srcOffset, length);

        return this;
    }

    public SnapshotPartitionEncoder putTopic(final byte[] src, final int srcOffset, final int length)
    {
        if (length > 65534)
        {
            throw new IllegalStateException("length > maxValue for type: " + length);
        }

        final int headerLength = 2;
        final int limit = parentMessage.limit();
        parentMessage.limit(limit + headerLength + length);
        buffer.putShort(limit, (short)length, BYTE_ORDER);
        buffer.putBytes(limit + headerLength, src, srcOffset, length);

        return this;
    }

    public String toString()
    {
        if (null == buffer)
        {
            return "";
        }

        return appendTo(new StringBuilder()).toString();
    }

    public StringBuilder appendTo(final StringBuilder builder)
    {
        if (null == buffer)
        {
            return builder;
        }

        final SnapshotPartitionDecoder decoder = new SnapshotPartitionDecoder();
        decoder.wrap(buffer, offset, BLOCK_LENGTH, SCHEMA_VERSION);

        return decoder.appendTo(builder);
    }
}
