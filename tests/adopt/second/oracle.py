"""What the service has to answer, bit by bit, without zlib: ISO 3309's polynomial, least significant bit first."""


def answer(text: str) -> str:
    """The JSON of a text's CRC-32."""
    rest = 0xFFFFFFFF
    for byte in text.encode():
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (0xEDB88320 if rest & 1 else 0)
    return f'{{"crc32": "{rest ^ 0xFFFFFFFF:08x}"}}\n'
