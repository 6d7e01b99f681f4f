/* What the values of fields are called. For reports.c alone. */
#ifndef CONSTANTS_H
#define CONSTANTS_H

#include "reports.h"

static const constant leap_names[] = {
    {0, "normal"}, {1, "insert second"}, {2, "delete second"}, {3, "not synchronized"}, {0, NULL}};

static const constant source_state_names[] = {
    {0, "selected"},   {1, "nonselectable"}, {2, "falseticker"}, {3, "jittery"},
    {4, "unselected"}, {5, "selectable"},    {0, NULL}};

static const constant source_mode_names[] = {
    {0, "client"}, {1, "peer"}, {2, "reference clock"}, {0, NULL}};

static const constant select_state_names[] = {{'N', "ignored"},
                                              {'s', "not synchronized"},
                                              {'M', "missing samples"},
                                              {'d', "unacceptable distance"},
                                              {'D', "large distance"},
                                              {'~', "jittery"},
                                              {'w', "waiting for others"},
                                              {'W', "missing selectable sources"},
                                              {'S', "stale"},
                                              {'O', "orphan"},
                                              {'T', "not trusted"},
                                              {'P', "not preferred"},
                                              {'U', "waiting for update"},
                                              {'x', "falseticker"},
                                              {'+', "combined"},
                                              {'*', "best"},
                                              {0, NULL}};

static const constant select_option_names[] = {
    {0x1, "noselect"}, {0x2, "prefer"}, {0x4, "trust"}, {0x8, "require"}, {0, NULL}};

static const constant auth_mode_names[] = {
    {0, "none"}, {1, "symmetric key"}, {2, "NTS"}, {0, NULL}};

static const constant key_type_names[] = {{1, "MD5"},
                                          {2, "SHA1"},
                                          {3, "SHA256"},
                                          {4, "SHA384"},
                                          {5, "SHA512"},
                                          {6, "SHA3-224"},
                                          {7, "SHA3-256"},
                                          {8, "SHA3-384"},
                                          {9, "SHA3-512"},
                                          {10, "TIGER"},
                                          {11, "WHIRLPOOL"},
                                          {13, "AES128"},
                                          {14, "AES256"},
                                          {15, "AEAD-AES-SIV-CMAC-256"},
                                          {30, "AEAD-AES-128-GCM-SIV"},
                                          {0, NULL}};

static const constant ntp_mode_names[] = {
    {1, "active symmetric"}, {2, "passive symmetric"}, {4, "server"}, {0, NULL}};

/* Tests B and C as chronyd means them. */
static const constant ntp_flag_names[] = {
    {0x200, "test1"}, {0x100, "test2"}, {0x80, "test3"},         {0x40, "test5"},
    {0x20, "test6"},  {0x10, "test7"},  {0x8, "testA"},          {0x4, "testB"},
    {0x2, "testC"},   {0x1, "testD"},   {0x4000, "interleaved"}, {0x8000, "authenticated"},
    {0, NULL}};

static const constant timestamping_names[] = {
    {'D', "daemon"}, {'K', "kernel"}, {'H', "hardware"}, {0, NULL}};

static const constant smoothing_flag_names[] = {{0x1, "active"}, {0x2, "leaponly"}, {0, NULL}};

#endif
