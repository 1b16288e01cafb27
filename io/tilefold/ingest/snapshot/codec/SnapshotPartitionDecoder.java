/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.MutableDirectBuffer;
import org.agrona.DirectBuffer;

@SuppressWarnings("all")
public final class SnapshotPartitionDecoder
{
    public static final int BLOCK_LENGTH = 53;
    public static final int TEMPLATE_ID = 2;
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private final SnapshotPartitionDecoder parentMessage = this;
    private DirectBuffer buffer;
    private int offset;
    private int limit;
    int actingBlockLength;
    int actingVersion;

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

    public DirectBuffer buffer()
    {
        return buffer;
    }

    public int offset()
    {
        return offset;
    }

    public SnapshotPartitionDecoder wrap(
        final DirectBuffer buffer,
        final int offset,
        final int actingBlockLength,
        final int actingVersion)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;
        this.actingBlockLength = actingBlockLength;
        this.actingVersion = actingVersion;
        limit(offset + actingBlockLength);

        return this;
    }

    public SnapshotPartitionDecoder wrapAndApplyHeader(
        final DirectBuffer buffer,
        final int offset,
        final MessageHeaderDecoder headerDecoder)
    {
        headerDecoder.wrap(buffer, offset);

        final int templateId = headerDecoder.templateId();
        if (TEMPLATE_ID != templateId)
        {
            throw new IllegalStateException("Invalid TEMPLATE_ID: " + templateId);
        }

        return wrap(
            buffer,
            offset + MessageHeaderDecoder.ENCODED_LENGTH,
            headerDecoder.blockLength(),
            headerDecoder.version());
    }

    public SnapshotPartitionDecoder sbeRewind()
    {
        return wrap(buffer, offset, actingBlockLength, actingVersion);
    }

    public int sbeDecodedLength()
    {
        final int currentLimit = limit();
        sbeSkip();
        final int decodedLength = encodedLength();
        limit(currentLimit);

        return decodedLength;
    }

    public int actingVersion()
    {
        return actingVersion;
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

    public long topicIdHigh()
    {
        return buffer.getLong(offset + 0, BYTE_ORDER);
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

    public long topicIdLow()
    {
        return buffer.getLong(offset + 8, BYTE_ORDER);
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

    public int partition()
    {
        return buffer.getInt(offset + 16, BYTE_ORDER);
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

    public long startOffset()
    {
        return buffer.getLong(offset + 20, BYTE_ORDER);
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

    public long nextOffset()
    {
        return buffer.getLong(offset + 28, BYTE_ORDER);
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

    public long deadLettered()
    {
        return buffer.getLong(offset + 36, BYTE_ORDER);
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

    public short ofCurrentTopic()
    {
        return ((short)(buffer.getByte(offset + 44) & 0xFF));
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

    public long epoch()
    {
        return buffer.getLong(offset + 45, BYTE_ORDER);
    }


    private final LanesDecoder lanes = new LanesDecoder(this);

    public static long lanesDecoderId()
    {
        return 9;
    }

    public static int lanesDecoderSinceVersion()
    {
        return 0;
    }

    /**
     * definitions that have not met the partition's position, in the catalog's order
     *
     * @return LanesDecoder : definitions that have not met the partition's position, in the catalog's order
     */
    public LanesDecoder lanes()
    {
        lanes.wrap(buffer);
        return lanes;
    }

    /**
     * definitions that have not met the partition's position, in the catalog's order
     */

    public static final class LanesDecoder
        implements Iterable<LanesDecoder>, java.util.Iterator<LanesDecoder>
    {
        public static final int HEADER_SIZE = 4;
        private final SnapshotPartitionDecoder parentMessage;
        private DirectBuffer buffer;
        private int count;
        private int index;
        private int offset;
        private int blockLength;

        LanesDecoder(final SnapshotPartitionDecoder parentMessage)
        {
            this.parentMessage = parentMessage;
        }

        public void wrap(final DirectBuffer buffer)
        {
            if (buffer != this.buffer)
            {
                this.buffer = buffer;
            }

            index = 0;
            final int limit = parentMessage.limit();
            parentMessage.limit(limit + HEADER_SIZE);
            blockLength = (buffer.getShort(limit + 0, BYTE_ORDER) & 0xFFFF);
            count = (buffer.getShort(limit + 2, BYTE_ORDER) & 0xFFFF);
        }

        public LanesDecoder next()
        {
            if (index >= count)
            {
                throw new java.util.NoSuchElementException();
            }

            offset = parentMessage.limit();
            parentMessage.limit(offset + blockLength);
            ++index;

            return this;
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

        public int actingBlockLength()
        {
            return blockLength;
        }

        public int actingVersion()
        {
            return parentMessage.actingVersion;
        }

        public int count()
        {
            return count;
        }

        public java.util.Iterator<LanesDecoder> iterator()
        {
            return this;
        }

        public void remove()
        {
            throw new UnsupportedOperationException();
        }

        public boolean hasNext()
        {
            return index < count;
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


        public short definitionId(final int index)
        {
            if (index < 0 || index >= 32)
            {
                throw new IndexOutOfBoundsException("index out of range: index=" + index);
            }

            final int pos = offset + 0 + (index * 1);

            return ((short)(buffer.getByte(pos) & 0xFF));
        }


        public int getDefinitionId(final byte[] dst, final int dstOffset, final int length)
        {
            final int bytesCopied = Math.min(length, 32);
            buffer.getBytes(offset + 0, dst, dstOffset, bytesCopied);

            return bytesCopied;
        }

        public int getDefinitionId(final org.agrona.MutableDirectBuffer dst, final int dstOffset, final int length)
        {
            final int bytesCopied = Math.min(length, 32);
            buffer.getBytes(offset + 0, dst, dstOffset, bytesCopied);

            return bytesCopied;
        }

        public void wrapDefinitionId(final DirectBuffer wrapBuffer)
        {
            wrapBuffer.wrap(buffer, offset + 0, 32);
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

        public long nextOffset()
        {
            return buffer.getLong(offset + 32, BYTE_ORDER);
        }


        public StringBuilder appendTo(final StringBuilder builder)
        {
            if (null == buffer)
            {
                return builder;
            }

            builder.append('(');
            builder.append("definitionId=");
            builder.append('[');
            if (definitionIdLength() > 0)
            {
                for (int i = 0; i < definitionIdLength(); i++)
                {
                    builder.append(this.definitionId(i));
                    builder.append(',');
                }
                builder.setLength(builder.length() - 1);
            }
            builder.append(']');
            builder.append('|');
            builder.append("nextOffset=");
            builder.append(this.nextOffset());
            builder.append(')');

            return builder;
        }
        
        public LanesDecoder sbeSkip()
        {

            return this;
        }
    }

    public static int topicId()
    {
        return 12;
    }

    public static int topicSinceVersion()
    {
        return 0;
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

    public int topicLength()
    {
        final int limit = parentMessage.limit();
        return (buffer.getShort(limit, BYTE_ORDER) & 0xFFFF);
    }

    public int skipTopic()
    {
        final int headerLength = 2;
        final int limit = parentMessage.limit();
        final int dataLength = (buffer.getShort(limit, BYTE_ORDER) & 0xFFFF);
        final int dataOffset = limit + headerLength;
        parentMessage.limit(dataOffset + dataLength);

        return dataLength;
    }

    public int getTopic(final MutableDirectBuffer dst, final int dstOffset, final int length)
    {
        final int headerLength = 2;
        final int limit = parentMessage.limit();
        final int dataLength = (buffer.getShort(limit, BYTE_ORDER) & 0xFFFF);
        final int bytesCopied = Math.min(length, dataLength);
        parentMessage.limit(limit + headerLength + dataLength);
        buffer.getBytes(limit + headerLength, dst, dstOffset, bytesCopied);

        return bytesCopied;
    }

    public int getTopic(final byte[] dst, final int dstOffset, final int length)
    {
        final int headerLength = 2;
        final int limit = parentMessage.limit();
        final int dataLength = (buffer.getShort(limit, BYTE_ORDER) & 0xFFFF);
        final int bytesCopied = Math.min(length, dataLength);
        parentMessage.limit(limit + headerLength + dataLength);
        buffer.getBytes(limit + headerLength, dst, dstOffset, bytesCopied);

        return bytesCopied;
    }

    public void wrapTopic(final DirectBuffer wrapBuffer)
    {
        final int headerLength = 2;
        final int limit = parentMessage.limit();
        final int dataLength = (buffer.getShort(limit, BYTE_ORDER) & 0xFFFF);
        parentMessage.limit(limit + headerLength + dataLength);
        wrapBuffer.wrap(buffer, limit + headerLength, dataLength);
    }

    public String toString()
    {
        if (null == buffer)
        {
            return "";
        }

        final SnapshotPartitionDecoder decoder = new SnapshotPartitionDecoder();
        decoder.wrap(buffer, offset, actingBlockLength, actingVersion);

        return decoder.appendTo(new StringBuilder()).toString();
    }

    public StringBuilder appendTo(final StringBuilder builder)
    {
        if (null == buffer)
        {
            return builder;
        }

        final int originalLimit = limit();
        limit(offset + actingBlockLength);
        builder.append("[SnapshotPartition](sbeTemplateId=");
        builder.append(TEMPLATE_ID);
        builder.append("|sbeSchemaId=");
        builder.append(SCHEMA_ID);
        builder.append("|sbeSchemaVersion=");
        if (parentMessage.actingVersion != SCHEMA_VERSION)
        {
            builder.append(parentMessage.actingVersion);
            builder.append('/');
        }
        builder.append(SCHEMA_VERSION);
        builder.append("|sbeBlockLength=");
        if (actingBlockLength != BLOCK_LENGTH)
        {
            builder.append(actingBlockLength);
            builder.append('/');
        }
        builder.append(BLOCK_LENGTH);
        builder.append("):");
        builder.append("topicIdHigh=");
        builder.append(this.topicIdHigh());
        builder.append('|');
        builder.append("topicIdLow=");
        builder.append(this.topicIdLow());
        builder.append('|');
        builder.append("partition=");
        builder.append(this.partition());
        builder.append('|');
        builder.append("startOffset=");
        builder.append(this.startOffset());
        builder.append('|');
        builder.append("nextOffset=");
        builder.append(this.nextOffset());
        builder.append('|');
        builder.append("deadLettered=");
        builder.append(this.deadLettered());
        builder.append('|');
        builder.append("ofCurrentTopic=");
        builder.append(this.ofCurrentTopic());
        builder.append('|');
        builder.append("epoch=");
        builder.append(this.epoch());
        builder.append('|');
        builder.append("lanes=[");
        final int lanesOriginalOffset = lanes.offset;
        final int lanesOriginalIndex = lanes.index;
        final LanesDecoder lanes = this.lanes();
        if (lanes.count() > 0)
        {
            while (lanes.hasNext())
            {
                lanes.next().appendTo(builder);
                builder.append(',');
            }
            builder.setLength(builder.length() - 1);
        }
        lanes.offset = lanesOriginalOffset;
        lanes.index = lanesOriginalIndex;
        builder.append(']');
        builder.append('|');
        builder.append("topic=");
        builder.append(skipTopic()).append(" bytes of raw data");

        limit(originalLimit);

        return builder;
    }
    
    public SnapshotPartitionDecoder sbeSkip()
    {
        sbeRewind();
        LanesDecoder lanes = this.lanes();
        if (lanes.count() > 0)
        {
            while (lanes.hasNext())
            {
                lanes.next();
                lanes.sbeSkip();
            }
        }
        skipTopic();

        return this;
    }
}
