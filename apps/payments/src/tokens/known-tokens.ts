/** Tokens that the acquirer gave us. What is none of them is refused before anything is stored, without asking it. */
import { Injectable } from '@nestjs/common'
import { PrismaClient } from '../generated/prisma/client.ts'

@Injectable()
export class KnownTokens {
  constructor(private readonly prisma: PrismaClient) {}

  async remember(token: string): Promise<void> {
    await this.prisma.$executeRaw`INSERT INTO known_token (token) VALUES (${token}) ON CONFLICT DO NOTHING`
  }
}
