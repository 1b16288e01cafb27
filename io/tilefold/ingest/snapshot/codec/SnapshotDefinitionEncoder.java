/* Generated SBE (Simple Binary Encoding) message codec. */
package io.tilefold.ingest.snapshot.codec;

import org.agrona.MutableDirectBuffer;

@SuppressWarnings("all")
public final class SnapshotDefinitionEncoder
{
    public static final int BLOCK_LENGTH = 96;
    public static final int TEMPLATE_ID = 3;
    public static final int SCHEMA_ID = 7402;
    public static final int SCHEMA_VERSION = 1;
    public static final String SEMANTIC_VERSION = "1";
    public static final java.nio.ByteOrder BYTE_ORDER = java.nio.ByteOrder.LITTLE_ENDIAN;

    private final SnapshotDefinitionEncoder parentMessage = this;
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

    public SnapshotDefinitionEncoder wrap(final MutableDirectBuffer buffer, final int offset)
    {
        if (buffer != this.buffer)
        {
            this.buffer = buffer;
        }
        this.offset = offset;
        limit(offset + BLOCK_LENGTH);

        return this;
    }

    public SnapshotDefinitionEncoder wrapAndApplyHeader(
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

    public static int definitionIdId()
    {
        return 1;
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


    public SnapshotDefinitionEncoder definitionId(final int index, final short value)
    {
        if (index < 0 || index >= 32)
        {
            throw new IndexOutOfBoundsException("index out of range: index=" + index);
        }

        final int pos = offset + 0 + (index * 1);
        buffer.putByte(pos, (byte)value);

        return this;
    }

    public SnapshotDefinitionEncoder putDefinitionId(final byte[] src, final int srcOffset, final int length)
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

    public SnapshotDefinitionEncoder putDefinitionId(final org.agrona.DirectBuffer src, final int srcOffset, final int length)
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

    public static int currentId()
    {
        return 2;
    }

    public static int currentSinceVersion()
    {
        return 0;
    }

    public static int currentEncodingOffset()
    {
        return 32;
    }

    public static int currentEncodingLength()
    {
        return 24;
    }

    public static String currentMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    private final CommittedVersionEncoder current = new CommittedVersionEncoder();

    public CommittedVersionEncoder current()
    {
        current.wrap(buffer, offset + 32);
        return current;
    }

    public static int formerId()
    {
        return 3;
    }

    public static int formerSinceVersion()
    {
        return 0;
    }

    public static int formerEncodingOffset()
    {
        return 56;
    }

    public static int formerEncodingLength()
    {
        return 24;
    }

    public static String formerMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    private final CommittedVersionEncoder former = new CommittedVersionEncoder();

    public CommittedVersionEncoder former()
    {
        former.wrap(buffer, offset + 56);
        return former;
    }

    public static int nullTimeId()
    {
        return 4;
    }

    public static int nullTimeSinceVersion()
    {
        return 0;
    }

    public static int nullTimeEncodingOffset()
    {
        return 80;
    }

    public static int nullTimeEncodingLength()
    {
        return 8;
    }

    public static String nullTimeMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long nullTimeNullValue()
    {
        return -9223372036854775808L;
    }

    public static long nullTimeMinValue()
    {
        return -9223372036854775807L;
    }

    public static long nullTimeMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotDefinitionEncoder nullTime(final long value)
    {
        buffer.putLong(offset + 80, value, BYTE_ORDER);
        return this;
    }


    public static int nullKeyId()
    {
        return 5;
    }

    public static int nullKeySinceVersion()
    {
        return 0;
    }

    public static int nullKeyEncodingOffset()
    {
        return 88;
    }

    public static int nullKeyEncodingLength()
    {
        return 8;
    }

    public static String nullKeyMetaAttribute(final MetaAttribute metaAttribute)
    {
        if (MetaAttribute.PRESENCE == metaAttribute)
        {
            return "required";
        }

        return "";
    }

    public static long nullKeyNullValue()
    {
        return -9223372036854775808L;
    }

    public static long nullKeyMinValue()
    {
        return -9223372036854775807L;
    }

    public static long nullKeyMaxValue()
    {
        return 9223372036854775807L;
    }

    public SnapshotDefinitionEncoder nullKey(final long value)
    {
        buffer.putLong(offset + 88, value, BYTE_ORDER);
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

        final SnapshotDefinitionDecoder decoder = new SnapshotDefinitionDecoder();
        decoder.wrap(buffer, offset, BLOCK_LENGTH, SCHEMA_VERSION);

        return decoder.appendTo(builder);
    }
}
